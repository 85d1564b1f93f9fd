#!/bin/sh
# What the service of the virtual machine run.
cd /srv/contractor || exit
PATH=$PWD/programs/node_modules/node/bin:/usr/sbin:/usr/bin:/sbin:/bin
TMPDIR=/var/tmp
export PATH TMPDIR
echo "# $(id -un), Linux $(uname -r), $(systemctl --version | head -n 1), $(bwrap --version), $(cat /proc/self/cgroup)"

sysctl -a 2>/dev/null | grep apparmor
# What is seen of a user namespace that AppArmor refuses to an ordinary user.
apparmor_parser --replace apparmor-profiles
for profile in contractor-without-namespaces contractor-without-capabilities; do
  echo "# $profile"
  runuser -u tester -- aa-exec -p "$profile" -- perl -e 'print syscall(272, 0x10020000) == 0 ? "made" : "$!", "\n"'
  runuser -u tester -- aa-exec -p "$profile" -- bwrap --unshare-all --ro-bind / / true
done

node --disable-warning=ExperimentalWarning programs/host-vm/exhaust.js
echo "# ended with $?"
