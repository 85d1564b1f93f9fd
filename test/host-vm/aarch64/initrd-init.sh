#!/bin/sh
# The first process of the virtual machine: mounts its disks and gives way to what is in the checkout.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module.ko"; done </modules/order
ifconfig lo 127.0.0.1 up
mount -t ext4 /dev/vda /system
mount -t ext4 /dev/vdb /system/srv/checkout
for place in proc sys dev; do mount -o move /$place /system/$place; done
exec switch_root /system /srv/checkout/test/host-vm/aarch64/in-the-machine.sh
