import { REFUSED } from './probe.ts';
import type { Probe } from './probe.ts';

const connectInet = (address: string, port: string): string => `
  socket my $socket, AF_INET, SOCK_STREAM, 0 or die $!;
  told("connect", connect $socket, pack_sockaddr_in(${port}, inet_aton("${address}")));`;

export const NETWORK_PROBES: readonly Probe[] = [
  {
    name: 'a service on the loopback of the host',
    perl: connectInet('127.0.0.1', '%PORT%'),
    expected: /^connect: Connection refused\n$/,
    openInNaive: true,
  },
  {
    name: 'an address of the host',
    perl: connectInet('%ADDRESS%', '%PORT%'),
    expected: /^connect: Network is unreachable\n$/,
  },
  {
    name: 'an address of the internet',
    perl: connectInet('192.0.2.1', '80').replace('SOCK_STREAM', 'SOCK_DGRAM'),
    expected: /^connect: Network is unreachable\n$/,
  },
  {
    name: 'a multicast address',
    perl: connectInet('224.0.0.251', '5353').replace('SOCK_STREAM', 'SOCK_DGRAM'),
    expected: /^connect: Network is unreachable\n$/,
  },
  {
    name: 'an address of IPv6',
    perl: `socket my $socket, AF_INET6, SOCK_DGRAM, 0 or print("connect: $!\\n") && exit;
      told("connect", connect $socket, pack_sockaddr_in6(80, Socket::inet_pton(AF_INET6, "2001:db8::1")));`,
    expected:
      /^connect: (Network is unreachable|Cannot assign requested address|Address family not supported by protocol)\n$/,
  },
  {
    name: 'an abstract socket of the host',
    perl: `socket my $socket, AF_UNIX, SOCK_STREAM, 0 or die $!;
      told("connect", connect $socket, pack_sockaddr_un("\\0%NAME%"));`,
    expected: /^connect: Connection refused\n$/,
    openInNaive: true,
  },
  {
    name: 'a socket in the file system of the host',
    perl: `socket my $socket, AF_UNIX, SOCK_STREAM, 0 or die $!;
      told("connect", connect $socket, pack_sockaddr_un("%SOCKET%"));`,
    expected: /^connect: No such file or directory\n$/,
    openInNaive: true,
  },
  {
    name: 'the usual sockets of services',
    sh: 'ls -d /run/systemd /run/dbus /run/docker.sock /run/user /var/run/docker.sock /tmp/.X11-unix 2>/dev/null; echo end',
    expected: /^end\n$/,
  },
  {
    name: 'the list of sockets of the host',
    sh: 'grep -c %NAME% /proc/net/unix; cat /proc/net/tcp /proc/net/udp | grep -vc local_address',
    expected: /^0\n0\n$/,
    openInNaive: true,
  },
  {
    name: 'the network namespace of the host',
    sh: '[ "$(readlink /proc/self/ns/net)" = "%NETWORK%" ] && echo same || echo another',
    expected: /^another\n$/,
    openInNaive: true,
  },
  {
    name: 'interfaces beside the loopback',
    perl: 'open my $file, "<", "/proc/net/dev"; print map { /^ *(\\w+):/ ? "$1\\n" : () } <$file>;',
    expected: /^lo\n$/,
  },
  {
    name: 'routes',
    sh: 'grep -v Iface /proc/net/route; echo end',
    expected: /^end\n$/,
  },
  { name: 'a raw socket', perl: 'told("raw", socket my $raw, AF_INET, SOCK_RAW, 1);', expected: REFUSED },
  {
    name: 'a packet socket',
    perl: 'told("packet", socket my $packet, 17, SOCK_RAW, 0x300);',
    expected: /^packet: (Operation not permitted|Address family not supported by protocol)\n$/,
  },
  {
    name: 'a new interface, by netlink',
    perl: `socket my $netlink, 16, SOCK_RAW, 0 or print("link: $!\\n") && exit;
      my $kind = pack "S S a6 x2", 10, 1, "dummy";
      my $message = pack("C x S l L L", 0, 0, 0, 0, 0) . pack("S S", 4 + length $kind, 18) . $kind;
      send $netlink, pack("L S S L L", 16 + length $message, 16, 0x605, 1, 0) . $message, 0;
      sysread $netlink, my $answer, 4096;
      $! = -unpack "x16 l", $answer;
      told("link", $! == 0);`,
    expected: REFUSED,
  },
  {
    name: 'the flags of the loopback',
    perl: `socket my $socket, AF_INET, SOCK_DGRAM, 0 or die $!;
      my $request = pack "a16 s x22", "lo", 1;
      told("flags", ioctl $socket, 0x8914, $request);`,
    expected: REFUSED,
  },
].map((probe) => ({ ...probe, group: 'network' as const }) as Probe);
