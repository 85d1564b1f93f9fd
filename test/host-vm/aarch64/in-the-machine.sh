#!/bin/sh
# In the machine: mounts what is missing, does what as-user.sh does as each of the users, and switches it off.
PATH=/srv/checkout/node_modules/.bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
mkdir -p /dev/pts /dev/shm
mount -t devpts -o mode=620,ptmxmode=666 none /dev/pts
mount -t tmpfs -o mode=1777 none /dev/shm
mount -t tmpfs -o mode=755 none /run
mount -t cgroup2 none /sys/fs/cgroup
echo '+cpu +memory +pids' >/sys/fs/cgroup/cgroup.subtree_control
hostname aarch64

cd /srv/checkout || exit
tests=
for word in $(cat /proc/cmdline); do
  case $word in
    users=*) users=$(echo "${word#users=}" | tr , ' ') ;;
    tests=*) tests=$(echo "${word#tests=}" | tr , ' ') ;;
  esac
done
for user in $users; do
  # shellcheck disable=SC2086 # one word a test
  runuser -u "$user" -- env -i PATH="$PATH" HOME="$(getent passwd "$user" | cut -d : -f 6)" USER="$user" \
    LANG=C.UTF-8 TMPDIR=/var/tmp NO_COLOR=1 test/host-vm/aarch64/as-user.sh $tests </dev/null
done

sync
echo u >/proc/sysrq-trigger
echo o >/proc/sysrq-trigger
sleep 60
