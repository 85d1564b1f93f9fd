#!/bin/sh
# test/host-vm/aarch64/run.sh DIRECTORY [TEST ...]: starts what make.sh made there, and prints its console. In it all
# that differs by processor is tried as an ordinary user and as root, or the tests that vitest finds for these arguments;
# USERS=root as root alone. Nothing that happens in there is kept. Every instruction is emulated, which takes minutes to
# an hour; its clock counts instructions, so that nothing in there comes too late on a host that is busy.
set -eu
cd -- "${1:?"the directory that make.sh was given"}"
shift
tests=$(echo "$@" | tr ' ' ,)
exec nice -n 10 qemu-system-aarch64 -machine virt -cpu "${CPU:-cortex-a72}" -smp 1 -m 3072 -icount shift=0,sleep=off -rtc clock=vm \
  -nographic -no-reboot -nic none \
  -kernel vmlinuz -initrd initrd -append "console=ttyAMA0 quiet users=${USERS:-tester,root} tests=$tests" \
  -drive file=system,format=raw,if=virtio,cache=unsafe,snapshot=on \
  -drive file=checkout,format=raw,if=virtio,cache=unsafe,snapshot=on
