#!/bin/sh
# test/host-vm/make.sh DIRECTORY [aarch64]: makes the disk of a virtual machine with systemd and control groups of version 2, in
# which contractor lies as it is here; run.sh starts it. As root, with mmdebstrap and mke2fs. Takes some minutes; made
# again in the same directory, it takes the system of the first time. With `aarch64` a machine of that processor, without
# systemd: see aarch64/make.sh.
set -eu
case ${2:-x86_64} in
  x86_64) ;;
  aarch64) exec "$(dirname -- "$0")/aarch64/make.sh" "$1" ;;
  *)
    echo "make.sh: no machine of $2; there are x86_64 and aarch64" >&2
    exit 2
    ;;
esac
directory=$(realpath -- "${1:?"a directory for it"}")
cd -- "$(dirname -- "$0")/../.."
PATH=$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin
export PATH
tree=$directory/tree

if ! [ -e "$tree/etc/os-release" ]; then
  mmdebstrap --variant=minbase \
    --include=systemd-sysv,libpam-systemd,dbus-user-session,linux-image-amd64,apparmor,bubblewrap,uidmap,perl,git,libatomic1,procps,kmod \
    "${SUITE:-trixie}" "$tree"
  chroot "$tree" useradd --create-home --shell /bin/bash tester
  : >"$tree/etc/fstab"
fi
cp "$tree"/boot/vmlinuz-* "$directory/vmlinuz"
cp "$tree"/boot/initrd.img-* "$directory/initrd"

rm -rf "$tree/srv/contractor"
mkdir -p "$tree/srv/contractor"
node test/host-vm/bundle.ts "$tree/srv/contractor/programs"
rm "$tree/srv/contractor/programs/node_modules"
cp -a node_modules "$tree/srv/contractor/programs/node_modules"
cp test/host-vm/in-the-machine.sh "$tree/srv/contractor"
cp test/host-vm/apparmor-profiles "$tree/srv/contractor"

# As any service of root is: in a control group of its own, whose controllers are those of its slice.
cat >"$tree/etc/systemd/system/exhaust.service" <<END
[Service]
Type=oneshot
ExecStart=/srv/contractor/in-the-machine.sh
ExecStopPost=systemctl --no-block poweroff
StandardOutput=tty
StandardError=tty
TTYPath=/dev/console
END
ln -sf /etc/systemd/system/exhaust.service "$tree/etc/systemd/system/multi-user.target.wants"

rm -f "$directory/disk"
mke2fs -q -t ext4 -O ^has_journal -d "$tree" "$directory/disk" 6G
