#!/bin/sh
# test/host-vm/run.sh DIRECTORY: starts what make.sh made there, and prints its console. With KVM where that is; else
# every instruction is emulated, which takes an hour instead of minutes. A machine of aarch64 takes the names of tests
# too: see aarch64/run.sh.
set -eu
if [ -e "${1:?"the directory that make.sh was given"}/aarch64" ]; then exec "$(dirname -- "$0")/aarch64/run.sh" "$@"; fi
cd -- "$1"
exec qemu-system-x86_64 -machine q35,accel=kvm:tcg -cpu max -smp 2 -m 4096 -nographic -no-reboot -nic none \
  -kernel vmlinuz -initrd initrd -append 'root=/dev/vda rw console=ttyS0 quiet systemd.show_status=0' \
  -drive file=disk,format=raw,if=virtio,cache=unsafe,snapshot=on
