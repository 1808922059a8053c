# What a hostile host sends at a box, one case a line of standard input. For each it prints "must" and the SHA-256 of every
# datagram that has to arrive, "says" and what came back, and "done".
#
# The datagrams go to udp/5000 of the published host, which anybody may send to; what is wrong with a packet is the case.
import hashlib
import logging
import os
import sys
import time

logging.getLogger("scapy").setLevel(logging.CRITICAL)
from scapy.all import *  # noqa: E402

conf.verb = 0
IFACE, HOST, BOX, ME, ALSO_ME = "eth0", "203.0.113.10", "203.0.113.1", "203.0.113.50", "203.0.113.60"
MAC = get_if_hwaddr(IFACE)
wire = conf.L2socket(iface=IFACE)
serial = 0


def say(*words):
    print(*words, flush=True)


def must(data):
    say("must", hashlib.sha256(data).hexdigest())


def who_has(addr, me=ME):
    """Asks for an address; the box learns from it where the sender is."""
    answer = srp1(Ether(src=MAC, dst="ff:ff:ff:ff:ff:ff") / ARP(hwsrc=MAC, psrc=me, pdst=addr), iface=IFACE, timeout=20, retry=3)
    return answer[ARP].hwsrc


TO = who_has(HOST)


def ether(**more):
    return Ether(**{"src": MAC, "dst": TO, **more})


def put(*packets):
    """Sends IP packets, or whole frames."""
    for p in packets:
        wire.send(p if isinstance(p, (Ether, Dot3, bytes)) else ether() / p)


def data(n=40):
    """Octets that are sent nowhere else."""
    global serial
    serial += 1
    head = b"%d of %s " % (serial, sys.argv[1].encode())
    return head + bytes((7 * i) & 0xFF for i in range(n - len(head)))


def udp(payload, **ip):
    return IP(raw(IP(**{"src": ME, "dst": HOST, "id": RandShort()._fix(), **ip}) / UDP(sport=4000, dport=5000) / payload))


def pieces(packet, size):
    """The fragments of a packet, in order."""
    body, head = raw(packet)[20:], packet.copy()
    head.remove_payload()
    out = []
    for at in range(0, len(body), size):
        f = head.copy()
        f.len, f.chksum = None, None
        f.frag, f.flags = at // 8, "MF" if at + size < len(body) else 0
        out.append(IP(raw(f / Raw(body[at:at + size]))))
    return out


def piece(packet, at, body, more):
    f = packet.copy()
    f.remove_payload()
    f.len, f.chksum, f.frag, f.flags = None, None, at // 8, "MF" if more else 0
    return f / Raw(body)


def plain():
    d = data()
    must(d)
    put(udp(d))


def in_order():
    d = data(1200)
    must(d)
    put(*pieces(udp(d), 400))


def reversed_order():
    d = data(1200)
    must(d)
    put(*reversed(pieces(udp(d), 200)))


def twice():
    d = data(1200)
    must(d)
    f = pieces(udp(d), 400)
    put(f[0], f[0], f[1], f[0], f[1], *f[2:])


def two_at_once():
    a, b = data(900), data(900)
    must(a)
    must(b)
    for f, g in zip(pieces(udp(a), 304), reversed(pieces(udp(b), 304))):
        put(f, g)


def too_long_for_a_frame():
    d = data(4000)
    must(d)
    put(*pieces(udp(d), 1480))


def overlapping():
    d = data(1200)
    p = udp(d)
    body = raw(p)[20:]
    put(piece(p, 0, body[:800], True), piece(p, 400, b"#" * 800, True), piece(p, 800, body[800:], False))
    p = udp(d)
    put(piece(p, 0, body[:800], True), piece(p, 792, body[792:], False))
    p = udp(d)
    put(piece(p, 400, body[400:], False), piece(p, 0, body[:408], True))
    # the header of the first one written over
    p = udp(d)
    put(piece(p, 8, b"#" * 80, True), piece(p, 0, body[:88], True), piece(p, 88, body[88:], False))


def teardrop():
    p = udp(data(100))
    body = raw(p)[20:]
    put(piece(p, 0, body[:56], True), piece(p, 24, body[24:28], False))


def tiny():
    # RFC 1858: ports in the first fragment, flags in the next; and a later one that writes the flags anew
    p = IP(src=ME, dst=HOST, id=77) / TCP(sport=4001, dport=80, flags="S")
    body = raw(p)[20:]
    put(*pieces(IP(raw(p)), 8))
    put(*pieces(IP(raw(p)), 16))
    p.id = 78
    deny = raw(TCP(sport=4001, dport=80, flags="A")) + b"\0" * 20
    put(piece(p, 0, deny[:40], True), piece(p, 8, body[8:], False))


def wall_behind_fragments():
    # what the policy denies is denied in pieces, too
    for size in (8, 24, 400):
        put(*pieces(IP(raw(IP(src=ME, dst=HOST, id=100 + size) / UDP(sport=4000, dport=5001) / data(800))), size))
        put(*pieces(IP(raw(IP(src=ME, dst=HOST, id=200 + size) / TCP(sport=4000, dport=22, flags="S") / data(800))), size))
        put(*pieces(IP(raw(IP(src=ME, dst=HOST, id=300 + size) / ICMP() / data(800))), size))
        put(*pieces(IP(raw(IP(src=ME, dst=HOST, id=400 + size, proto=47) / data(800))), size))


def missing():
    for drop in range(3):
        f = pieces(udp(data(1200)), 408)
        del f[drop]
        put(*f)


def longest_chain():
    d = data(24 * 40 - 8)
    must(d)
    put(*pieces(udp(d), 40))


def chain_too_long():
    put(*pieces(udp(data(25 * 40 - 8)), 40))


def ping_of_death():
    p = IP(src=ME, dst=HOST, id=99) / ICMP()
    for at in range(0, 65528, 1480):
        put(piece(p, at, b"x" * 1480, at + 1480 < 65528))
    put(piece(p, 65528, b"x" * 800, False))


def chain_of_three():
    # what the limits of the box under test let pass just so: three fragments, in any order, one of them twice
    for order in ((0, 1, 2), (2, 0, 1), (1, 1, 0, 2)):
        d = data(1192)
        must(d)
        f = pieces(udp(d), 400)
        put(*(f[i] for i in order))


def chain_of_four():
    put(*pieces(udp(data(1192)), 304))
    put(*reversed(pieces(udp(data(1192)), 304)))


def four_that_wait():
    # four that never end; there is no room for a fifth until they are given up
    for n in range(4):
        p = udp(data(400), id=n + 3000)
        put(piece(p, 0, raw(p)[20:220], True))
    put(*pieces(udp(data(800)), 408))
    d = data()
    must(d)
    put(udp(d))


def short_header():
    # the first fragment has not even the ports, or not the whole header of TCP
    for size in (8, 16):
        for flags in ("S", "A", "F"):
            put(*pieces(IP(raw(IP(src=ME, dst=HOST, id=4000 + size) / TCP(sport=4005, dport=80, flags=flags))), size))
    p = udp(data(400))
    body = raw(p)[20:]
    put(piece(p, 8, body[8:], False), piece(p, 0, body[:4], True))


def full_table():
    # 250 that never end; then room again, when they are given up
    for n in range(250):
        p = udp(data(400), id=n + 1000)
        put(piece(p, 0, raw(p)[20:220], True))
    d = data()
    must(d)
    put(udp(d))
    time.sleep(6)
    in_order()


def wrong_sums():
    d = data()
    p = udp(d)
    p.chksum ^= 1
    put(p)
    p = udp(d)
    p[UDP].chksum ^= 1
    put(p)
    d = data()
    must(d)
    p = udp(d)
    p[UDP].chksum = 0  # none, which UDP allows
    put(p)


def wrong_lengths():
    d = data()
    for field, value in (("len", 2000), ("len", 10), ("len", 0), ("ihl", 4), ("ihl", 15), ("version", 6), ("version", 0)):
        p = udp(d)
        setattr(p, field, value)
        p.chksum = None
        put(ether() / Raw(raw(p)))
    for n in (0, 7, 9, 400):
        p = udp(d)
        p[UDP].len = n
        p[UDP].chksum = None
        put(p)
    for n in (1, 8, 19, 20, 27):  # cut off
        put(ether() / Raw(raw(udp(d))[:n]))
    for off in (0, 4, 15):
        put(IP(src=ME, dst=HOST) / TCP(sport=4002, dport=80, flags="S", dataofs=off))


def padding():
    d = data(28)
    must(d[:3])
    put(ether() / udp(d[:3]))
    must(d)
    put(ether() / udp(d) / Padding(b"behind the packet" * 20))


def ttl():
    for n in (1, 2, 255):
        d = data()
        must(d)
        put(udp(d, ttl=n))


def tags():
    d = data()
    put(ether() / Dot1Q(vlan=5) / udp(d), ether() / Dot1Q(vlan=0) / Dot1Q(vlan=5) / udp(d), ether() / Dot1AD(vlan=5) / udp(d),
        ether() / Dot1Q(vlan=4095) / udp(d))
    d = data()
    must(d)
    put(ether() / Dot1Q(vlan=0, prio=5) / udp(d))  # a priority, and no VLAN


def ethertypes():
    d = data()
    for kind in (0x0801, 0x0805, 0x86DD, 0x8847, 0x8863, 0x88B5, 0x9000, 0xFFFF, 0x05DC):
        put(ether(type=kind) / Raw(raw(udp(d))))
    put(Dot3(src=MAC, dst=TO) / LLC(dsap=0x42, ssap=0x42, ctrl=3) / Raw(raw(udp(d))))
    put(ether() / IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP(sport=1, dport=5000) / d)


def jumbo():
    put(udp(data(4000)))
    put(udp(data(4000), flags="DF"))


def arp_spoofs():
    fake = "02:00:00:00:00:99"
    for op in (1, 2):
        for addr in (BOX, HOST, "10.1.1.10", "10.1.1.1", "0.0.0.0", "255.255.255.255"):
            put(Ether(src=fake, dst="ff:ff:ff:ff:ff:ff") / ARP(op=op, hwsrc=fake, psrc=addr, pdst=addr))
            put(Ether(src=fake, dst=TO) / ARP(op=op, hwsrc=fake, psrc=addr, pdst=BOX))
    put(Ether(src=MAC, dst=TO) / ARP(op=2, hwsrc="ff:ff:ff:ff:ff:ff", psrc=ME, pdst=BOX))
    put(Ether(src=MAC, dst=TO) / ARP(op=2, hwsrc="01:00:5e:00:00:01", psrc=ME, pdst=BOX))
    whole = raw(ARP(op=1, hwsrc=fake, psrc=ALSO_ME, pdst=BOX))
    for n in range(1, len(whole), 3):
        put(Ether(src=fake, dst=TO, type=0x806) / Raw(whole[:n]))
    put(Ether(src=fake, dst=TO, type=0x806) / Raw(b"\xff" * 28))
    plain()


def sources():
    d = data()
    for addr in ("127.0.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "203.0.113.255", BOX, HOST, "240.0.0.1"):
        put(udp(d, src=addr))
    p = udp(d)
    p[UDP].sport, p[UDP].chksum, p.chksum = 0, None, None
    put(IP(raw(p)))


def destinations():
    d = data()
    for addr in ("203.0.113.255", "255.255.255.255", "224.0.0.5", "10.1.1.255", "10.1.1.10", "127.0.0.1", "0.0.0.0", BOX, "203.0.113.99"):
        put(udp(d, dst=addr))
        put(Ether(src=MAC, dst="ff:ff:ff:ff:ff:ff") / udp(d, dst=addr))
    put(Ether(src=MAC, dst="02:00:00:00:00:01") / udp(d))  # another station's
    put(Ether(src=MAC, dst="ff:ff:ff:ff:ff:ff") / udp(d))  # a broadcast of the wire, and none of IP
    put(Ether(src=MAC, dst="01:00:5e:00:00:05") / udp(d))


def flags():
    for f in ("", "F", "SF", "SR", "SFR", "A", "FA", "PA", "RA", "R", "FSRPAUEC", "U", "EC", "SA"):
        put(IP(src=ME, dst=HOST) / TCP(sport=4003, dport=80, flags=f))


def icmp_errors():
    for kind in (3, 4, 5, 11, 12):
        for inner in (IP(src=HOST, dst=ME) / TCP(sport=80, dport=4), IP(src=HOST, dst=ME) / UDP(sport=5000, dport=9),
                      IP(src="10.1.1.10", dst=ME) / TCP(sport=25, dport=4), Raw(b""), Raw(b"\x45" * 8)):
            put(IP(src=ME, dst=HOST) / ICMP(type=kind, code=1) / inner)


class Mail:
    """A connection to the mail server by hand. What is said is at an offset behind the handshake."""

    def __init__(self):
        global serial
        serial += 1
        who_has(BOX, ALSO_ME)
        self.sport, self.isn = 5000 + serial, 100000 * serial
        self.sock = conf.L2listen(iface=IFACE)
        self.got, self.nxt = {}, None
        self.raw_send(flags="S", seq=self.isn, options=[("MSS", 1460)])
        self.until(lambda: self.nxt is not None)
        self.ack()
        self.until(lambda: b"\n" in self.text())

    def raw_send(self, payload=b"", **tcp):
        p = ether() / IP(src=ALSO_ME, dst=HOST, **tcp.pop("ip", {})) / TCP(sport=self.sport, dport=25, **tcp)
        wire.send(p / Raw(payload) if payload else p)

    def send(self, at, text, flags="PA", **more):
        self.raw_send(text, flags=flags, seq=self.isn + 1 + at, ack=self.nxt, window=60000, **more)

    def ack(self, at=0):
        self.raw_send(flags="A", seq=self.isn + 1 + at, ack=self.nxt, window=60000)

    def text(self):
        out, at = b"", self.start if self.nxt is not None else 0
        while at in self.got:
            out += self.got[at]
            at += len(self.got[at])
        self.nxt = at if self.nxt is not None else None
        return out

    def until(self, done, wait=20):
        """Waits for what comes back; False: it does not."""
        late = time.time() + wait
        while not done():
            if time.time() > late:
                return False
            p = self.sock.recv() if self.sock.select([self.sock], 0.2) else None
            if p is None or TCP not in p or p[IP].src != HOST or p[TCP].dport != self.sport:
                continue
            if p[TCP].flags.S:
                self.start = self.nxt = p[TCP].seq + 1
            body = raw(p[TCP].payload)[:p[IP].len - 4 * p[IP].ihl - 4 * p[TCP].dataofs]
            if body:
                self.got[p[TCP].seq] = body
        return True

    def replied(self, lines, at=0):
        """Tells whether so many lines have come, greeting included."""
        ok = self.until(lambda: self.text().count(b"\n") >= lines)
        self.ack(at)
        return ok

    def over(self, at=0):
        self.raw_send(flags="RA", seq=self.isn + 1 + at, ack=self.nxt)
        self.sock.close()


def mail_segments():
    """Contradictions: whatever is made of them, no two octets of one place may arrive, and no WIZ."""
    for parts in (
        [(0, b"NOOP\r\n"), (0, b"WIZ 1\n")],
        [(6, b"WIZ 2\r\n"), (0, b"NOOP\r\nNOOP 2\r\n")],
        [(6, b"NOOP\r\n"), (0, b"NOOP\r\nWIZ 3\n")],
        [(2, b"OP\r\nWIZ 4\r\n"), (0, b"NOOP\r\nNOOP\r\n")],
        [(0, b"NO"), (1, b"WIZ 5\r\n"), (2, b"OP\r\n")],
        [(0, b"N"), (4, b"\r\nWIZ 6\r\n"), (1, b"OOP\r\nNOOP\r\n")],
        [(i, b"WIZ 7\r\n"[i:i + 1]) for i in range(7)],
        [(i, b"WIZ 8\r\n"[i:i + 1]) for i in reversed(range(7))],
        [(0, b"RSET\r\n"), (3, b"T\r\nWIZ 9\r\n"), (6, b"NOOP\r\n")],
    ):
        m = Mail()
        for at, text in parts:
            m.send(at, text)
        m.until(lambda: False, 0.1)  # what the server says to this, if anything, is acknowledged
        m.over(14)


def mail_urgent():
    # the octet that is urgent is none of the stream to a receiver that does not ask for it
    for text, at in ((b"NOOP \r#\nWIZ 1\r\n", 7), (b"W#IZ 2\r\n", 2), (b"NOOP\r\n#WIZ 3\r\n", 7)):
        m = Mail()
        m.send(0, text, flags="PAU", urgptr=at)
        m.until(lambda: False, 0.1)
        m.over(len(text))


def mail_strangers():
    """Somebody who knows the ports and not the numbers changes nothing."""
    m = Mail()
    for at in (-100000, -50, 70000, 1 << 20, 1 << 31):
        for flags in ("PA", "RA", "R", "FA", "S", "SA"):
            m.send(at, b"WIZ 1\r\n" if "P" in flags else b"", flags=flags)
    good = m.nxt
    m.nxt = good + 100000
    m.send(0, b"WIZ 2\r\n")
    m.nxt = good
    m.raw_send(b"WIZ 3\r\n", flags="PA", seq=m.isn + 1, ack=m.nxt, chksum=0x1234)
    m.raw_send(b"", flags="RA", seq=m.isn + 1, ack=m.nxt, chksum=0x1234)
    m.send(0, b"NOOP\r\n")
    say("says", "answered" if m.replied(2, 6) else "nothing")
    m.over(6)


def mail_low_ttl():
    m = Mail()
    m.send(0, b"NOOP\r\n", ip={"ttl": 1})
    m.send(0, b"WIZ 1\n", ip={"ttl": 64})
    m.until(lambda: False, 0.1)
    m.over(6)


def mail_in_fragments():
    m = Mail()
    p = IP(raw(IP(src=ALSO_ME, dst=HOST, id=5) / TCP(sport=m.sport, dport=25, flags="PA", seq=m.isn + 1, ack=m.nxt, window=60000)
               / Raw(b"NOOP " + b"a" * 400 + b"\r\n")))
    put(*reversed(pieces(p, 40)))
    say("says", "answered" if m.replied(2, 407) else "nothing")
    m.over(407)


for line in sys.stdin:
    globals()[line.strip()]()
    say("done")
