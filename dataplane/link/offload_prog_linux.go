package link

import (
	"encoding/binary"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// Fields of the context of both programs, struct __sk_buff of linux/bpf.h.
const (
	skbLen         = 0
	skbVLANPresent = 20
	skbIfindex     = 40
	skbData        = 76
	skbDataEnd     = 80
	skbGSOSize     = 176
)

// Places in a frame.
const (
	etherLen  = 14
	atType    = 12
	atIP      = etherLen
	atTotal   = atIP + 2
	atFrag    = atIP + 6
	atProto   = atIP + 9
	atIPSum   = atIP + 10
	atSrc     = atIP + 12
	atDst     = atIP + 16
	atPorts   = atIP + 20
	atUDPLen  = atPorts + 4
	atUDPSum  = atPorts + 6
	atSeq     = atPorts + 4
	atAck     = atPorts + 8
	atDoff    = atPorts + 12
	atFlags   = atPorts + 13
	atWindow  = atPorts + 14
	atTCPSum  = atPorts + 16
	atOptions = atPorts + 20

	udpEnd = atPorts + 8
	tcpEnd = atOptions
	read   = atOptions + 4 // what the filter looks at, with the first options
)

const (
	protoTCP = 6
	protoUDP = 17

	csumPseudo     = 0x10 // BPF_F_PSEUDO_HDR
	csumMangledNil = 0x20 // BPF_F_MARK_MANGLED_0

	tcxNext = -1
	tcxDrop = 2
)

func raw16(v uint16) int32 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], v)
	return int32(binary.NativeEndian.Uint16(b[:]))
}

func raw32b(b [4]byte) uint32 { return binary.NativeEndian.Uint32(b[:]) }

// raw32 is a number as it is read from a packet without regard to the order of its octets.
func raw32(v uint32) uint32 {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], v)
	return raw32b(b)
}

func rawPorts(src, dst uint16) uint32 { return raw32(uint32(src)<<16 | uint32(dst)) }

// Fields of a way.
var (
	wayLive    = int16(unsafe.Offsetof(way{}.live))
	wayProto   = int16(unsafe.Offsetof(way{}.proto))
	wayOut     = int16(unsafe.Offsetof(way{}.out))
	waySrc     = int16(unsafe.Offsetof(way{}.src))
	wayDst     = int16(unsafe.Offsetof(way{}.dst))
	wayPorts   = int16(unsafe.Offsetof(way{}.ports))
	wayLimit   = int16(unsafe.Offsetof(way{}.limit))
	wayMACLow  = int16(unsafe.Offsetof(way{}.macLow))
	wayMACHigh = int16(unsafe.Offsetof(way{}.macHigh))
	wayMACs    = int16(unsafe.Offsetof(way{}.macs))
	wayToPorts = int16(unsafe.Offsetof(way{}.toPorts))
	wayToSrc   = int16(unsafe.Offsetof(way{}.toSrc))
	wayToDst   = int16(unsafe.Offsetof(way{}.toDst))
	wayAddrSum = int16(unsafe.Offsetof(way{}.addrDiff))
	wayPortSum = int16(unsafe.Offsetof(way{}.portDiff))
	waySeq     = int16(unsafe.Offsetof(way{}.seqShift))
	wayAck     = int16(unsafe.Offsetof(way{}.ackShift))
	wayAcked   = int16(unsafe.Offsetof(way{}.acked))
	wayEdge    = int16(unsafe.Offsetof(way{}.edge))
	wayScale   = int16(unsafe.Offsetof(way{}.scale))
	wayFlags   = int16(unsafe.Offsetof(way{}.flags))
	wayPackets = int16(unsafe.Offsetof(way{}.packets))
	wayOctets  = int16(unsafe.Offsetof(way{}.octets))
	wayData    = int16(unsafe.Offsetof(way{}.data))
	wayLast    = int16(unsafe.Offsetof(way{}.last))
)

// lookUp finds the entry of a map under the key at the place of the stack: R0, which is not nil behind it.
func lookUp(m *ebpf.Map, key int32, otherwise string) asm.Instructions {
	return asm.Instructions{
		asm.LoadMapPtr(asm.R1, m.FD()),
		asm.Mov.Reg(asm.R2, asm.R10),
		asm.Add.Imm(asm.R2, key),
		asm.FnMapLookupElem.Call(),
		asm.JEq.Imm(asm.R0, 0, otherwise),
	}
}

// Places on the stack of the programs. The frame lies so that its IP header is aligned.
const (
	stKey4  = -4
	stFrame = -70
	stKey   = -96

	stSeq, stAck, stOwn, stWindow, stData = -8, -12, -16, -20, -24
)

// filterSpec is the filter of the socket: 0 keeps a frame from the ring. R6 is the context, R7 the note, R8 the length of the
// frame, R9 tells that the options of TCP are none, or a timestamp as everybody has it.
func filterSpec(m *offloadMaps) *ebpf.ProgramSpec {
	word := func(dst asm.Register, at int) asm.Instruction {
		return asm.LoadMem(dst, asm.R10, int16(stFrame+at), asm.Word)
	}
	half := func(dst asm.Register, at int) asm.Instruction {
		return asm.LoadMem(dst, asm.R10, int16(stFrame+at), asm.Half)
	}
	octet := func(dst asm.Register, at int) asm.Instruction {
		return asm.LoadMem(dst, asm.R10, int16(stFrame+at), asm.Byte)
	}
	p := asm.Instructions{asm.Mov.Reg(asm.R6, asm.R1), asm.StoreImm(asm.R10, stKey4, 0, asm.Word)}
	p = append(p, lookUp(m.note, stKey4, "pass")...)
	p = append(p,
		asm.Mov.Reg(asm.R7, asm.R0),
		asm.Mov.Imm(asm.R1, 0),
		asm.StoreMem(asm.R7, 0, asm.R1, asm.DWord),
		asm.LoadMapValue(asm.R1, m.gate.FD(), 0),
		asm.LoadMem(asm.R2, asm.R1, int16(unsafe.Offsetof(gate{}.want)), asm.Word),
		asm.LoadMem(asm.R3, asm.R1, int16(unsafe.Offsetof(gate{}.have)), asm.Word),
		asm.JNE.Reg(asm.R2, asm.R3, "pass"),
		asm.LoadMem(asm.R1, asm.R6, skbVLANPresent, asm.Word),
		asm.JNE.Imm(asm.R1, 0, "pass"),
		asm.LoadMem(asm.R8, asm.R6, skbLen, asm.Word),
		asm.JLT.Imm(asm.R8, udpEnd, "pass"),
	)
	p = append(p, asm.Mov.Imm(asm.R1, 0))
	for at := int16(-72); at < -8; at += 8 {
		p = append(p, asm.StoreMem(asm.R10, at, asm.R1, asm.DWord))
	}
	p = append(p,
		asm.Mov.Reg(asm.R4, asm.R8),
		asm.JLE.Imm(asm.R4, read, "load"),
		asm.Mov.Imm(asm.R4, read),
		asm.Mov.Reg(asm.R1, asm.R6).WithSymbol("load"),
		asm.Mov.Imm(asm.R2, 0),
		asm.Mov.Reg(asm.R3, asm.R10),
		asm.Add.Imm(asm.R3, stFrame),
		asm.FnSkbLoadBytes.Call(),
		asm.JNE.Imm(asm.R0, 0, "pass"),

		half(asm.R1, atType),
		asm.JNE.Imm(asm.R1, raw16(0x0800), "pass"),
		octet(asm.R1, atIP),
		asm.JNE.Imm(asm.R1, 0x45, "pass"),
		half(asm.R1, atFrag),
		asm.And.Imm(asm.R1, raw16(0xbfff)), // all but "do not fragment"
		asm.JNE.Imm(asm.R1, 0, "pass"),
		half(asm.R1, atTotal),
		asm.HostTo(asm.BE, asm.R1, asm.Half),
		asm.Add.Imm(asm.R1, etherLen),
		asm.JNE.Reg(asm.R1, asm.R8, "pass"), // padding, or longer than the field can say

		word(asm.R1, atIP), // the sum of the header
	)
	for at := 4; at < 20; at += 4 {
		p = append(p, word(asm.R2, atIP+at), asm.Add.Reg(asm.R1, asm.R2))
	}
	p = append(p, folded(asm.R1, asm.R2, 32)...)
	for range 3 {
		p = append(p, folded(asm.R1, asm.R2, 16)...)
	}
	p = append(p,
		asm.JNE.Imm(asm.R1, 0xffff, "pass"),

		asm.LoadMem(asm.R1, asm.R6, skbIfindex, asm.Word),
		asm.StoreMem(asm.R10, stKey, asm.R1, asm.Word),
		word(asm.R1, atSrc),
		asm.StoreMem(asm.R10, stKey+4, asm.R1, asm.Word),
		word(asm.R1, atDst),
		asm.StoreMem(asm.R10, stKey+8, asm.R1, asm.Word),
		word(asm.R1, atPorts),
		asm.StoreMem(asm.R10, stKey+12, asm.R1, asm.Word),
		octet(asm.R1, atProto),
		asm.StoreMem(asm.R10, stKey+16, asm.R1, asm.Word),
		asm.Mov.Imm(asm.R9, 1),
		asm.JEq.Imm(asm.R1, protoTCP, "tcp"),
		asm.JNE.Imm(asm.R1, protoUDP, "pass"),

		asm.LoadMem(asm.R1, asm.R6, skbGSOSize, asm.Word),
		asm.JNE.Imm(asm.R1, 0, "pass"),
		half(asm.R1, atUDPLen),
		asm.HostTo(asm.BE, asm.R1, asm.Half),
		asm.Add.Imm(asm.R1, atPorts),
		asm.JNE.Reg(asm.R1, asm.R8, "pass"),
		asm.Ja.Label("find"),

		asm.JLT.Imm(asm.R8, tcpEnd, "pass").WithSymbol("tcp"),
		octet(asm.R1, atFlags),
		asm.And.Imm(asm.R1, 0x37),         // URG, ACK, RST, SYN, FIN
		asm.JNE.Imm(asm.R1, 0x10, "pass"), // ACK
		octet(asm.R1, atDoff),
		asm.RSh.Imm(asm.R1, 4),
		asm.JLT.Imm(asm.R1, 5, "pass"),
		asm.JEq.Imm(asm.R1, 5, "find"),
		asm.Mov.Reg(asm.R2, asm.R1),
		asm.LSh.Imm(asm.R2, 2),
		asm.Add.Imm(asm.R2, atPorts),
		asm.JLT.Reg(asm.R8, asm.R2, "pass"),
		asm.JNE.Imm(asm.R1, 8, "options"),
		word(asm.R1, atOptions),
		asm.LoadImm(asm.R2, int64(raw32(0x0101080a)), asm.DWord), // NOP, NOP, timestamps
		asm.JEq.Reg(asm.R1, asm.R2, "find"),
		asm.Mov.Imm(asm.R9, 0).WithSymbol("options"),
	)
	find := lookUp(m.index, stKey, "pass")
	find[0] = find[0].WithSymbol("find")
	p = append(p, find...)
	p = append(p,
		asm.LoadMem(asm.R1, asm.R0, 0, asm.Word),
		asm.StoreMem(asm.R10, stKey4, asm.R1, asm.Word),
	)
	p = append(p, lookUp(m.ways, stKey4, "pass")...)
	p = append(p,
		asm.LoadMem(asm.R1, asm.R0, wayLive, asm.Word),
		asm.JEq.Imm(asm.R1, 0, "pass"),
		asm.LoadMem(asm.R1, asm.R0, wayMACLow, asm.Half),
		half(asm.R2, 0),
		asm.JNE.Reg(asm.R1, asm.R2, "pass"),
		asm.LoadMem(asm.R1, asm.R0, wayMACHigh, asm.Word),
		word(asm.R2, 2),
		asm.JNE.Reg(asm.R1, asm.R2, "pass"),
		asm.JNE.Imm(asm.R9, 0, "plain"),
		asm.LoadMem(asm.R1, asm.R0, wayFlags, asm.Word),
		asm.And.Imm(asm.R1, wayAnyOptions),
		asm.JEq.Imm(asm.R1, 0, "pass"),
		asm.LoadMem(asm.R1, asm.R6, skbGSOSize, asm.Word).WithSymbol("plain"),
		asm.JNE.Imm(asm.R1, 0, "take"),
		asm.LoadMem(asm.R1, asm.R0, wayLimit, asm.Word),
		asm.JGT.Reg(asm.R8, asm.R1, "pass"),
		asm.LoadMem(asm.R1, asm.R6, skbIfindex, asm.Word).WithSymbol("take"),
		asm.LSh.Imm(asm.R1, 32),
		asm.LoadMem(asm.R2, asm.R10, stKey4, asm.Word),
		asm.Add.Imm(asm.R2, 1),
		asm.Or.Reg(asm.R1, asm.R2),
		asm.StoreMem(asm.R7, 0, asm.R1, asm.DWord),
		asm.Mov.Imm(asm.R0, 0),
		asm.Return(),
		asm.Mov.Imm(asm.R0, -1).WithSymbol("pass"),
		asm.Return(),
	)
	return &ebpf.ProgramSpec{Name: "pixsim_filter", Type: ebpf.SocketFilter, License: "Apache-2.0", Instructions: p}
}

// folded adds the part of a sum above bits to the part below.
func folded(sum, spare asm.Register, bits int32) asm.Instructions {
	p := asm.Instructions{asm.Mov.Reg(spare, sum), asm.RSh.Imm(spare, bits)}
	if bits == 32 {
		p = append(p, asm.LSh.Imm(sum, 32), asm.RSh.Imm(sum, 32))
	} else {
		p = append(p, asm.And.Imm(sum, 0xffff))
	}
	return append(p, asm.Add.Reg(sum, spare))
}

// headers makes R2 the frame, of which n octets can be read.
func headers(n int32, otherwise string) asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R2, asm.R6, skbData, asm.Word),
		asm.LoadMem(asm.R3, asm.R6, skbDataEnd, asm.Word),
		asm.Mov.Reg(asm.R4, asm.R2),
		asm.Add.Imm(asm.R4, n),
		asm.JGT.Reg(asm.R4, asm.R3, otherwise),
	}
}

// pulled is headers that are first brought together where they are not.
func pulled(n int32, name string) asm.Instructions {
	p := headers(n, name+"_pull")
	p = append(p,
		asm.Ja.Label(name),
		asm.Mov.Reg(asm.R1, asm.R6).WithSymbol(name+"_pull"),
		asm.Mov.Imm(asm.R2, n),
		asm.FnSkbPullData.Call(),
		asm.JNE.Imm(asm.R0, 0, "drop"),
	)
	p = append(p, headers(n, "drop")...)
	return p
}

// summed lets the kernel mend the sum of a transport header by a difference in R4 where a flag of the way says so.
func summed(at, flag, flags int32, diff asm.Instruction, next string) asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R1, asm.R7, wayFlags, asm.Word),
		asm.And.Imm(asm.R1, flag),
		asm.JEq.Imm(asm.R1, 0, next),
		asm.Mov.Reg(asm.R1, asm.R6),
		asm.Mov.Imm(asm.R2, at),
		asm.Mov.Imm(asm.R3, 0),
		diff,
		asm.Mov.Imm(asm.R5, flags),
		asm.FnL4CsumReplace.Call(),
		asm.JNE.Imm(asm.R0, 0, "drop"),
	}
}

func labelled(name string, p asm.Instructions) asm.Instructions {
	p[0] = p[0].WithSymbol(name)
	return p
}

// signed makes 32 bits of a register a signed number.
func signed(r asm.Register) asm.Instructions {
	return asm.Instructions{asm.LSh.Imm(r, 32), asm.ArSh.Imm(r, 32)}
}

func xadd(dst, src asm.Register, at int16) asm.Instruction {
	i := asm.StoreXAdd(dst, src, asm.DWord)
	i.Offset = at
	return i
}

// moverSpec is the program of the interface: it takes what the filter kept from the ring. R6 is the context, R7 the way, R8 the
// difference that ports and numbers make.
func moverSpec(m *offloadMaps) *ebpf.ProgramSpec {
	field := func(dst asm.Register, at int16) asm.Instruction { return asm.LoadMem(dst, asm.R7, at, asm.Word) }
	p := asm.Instructions{asm.Mov.Reg(asm.R6, asm.R1), asm.StoreImm(asm.R10, stKey4, 0, asm.Word)}
	p = append(p, lookUp(m.note, stKey4, "next")...)
	p = append(p,
		asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord),
		asm.JEq.Imm(asm.R1, 0, "next"),
		asm.Mov.Imm(asm.R2, 0),
		asm.StoreMem(asm.R0, 0, asm.R2, asm.DWord),
		asm.Mov.Reg(asm.R2, asm.R1),
		asm.RSh.Imm(asm.R2, 32),
		asm.LoadMem(asm.R3, asm.R6, skbIfindex, asm.Word),
		asm.JNE.Reg(asm.R2, asm.R3, "next"),
		asm.LSh.Imm(asm.R1, 32),
		asm.RSh.Imm(asm.R1, 32),
		asm.Sub.Imm(asm.R1, 1),
		asm.StoreMem(asm.R10, stKey4, asm.R1, asm.Word),
	)
	p = append(p, lookUp(m.ways, stKey4, "drop")...)
	p = append(p,
		asm.Mov.Reg(asm.R7, asm.R0),
		field(asm.R1, wayLive),
		asm.JEq.Imm(asm.R1, 0, "drop"),
	)
	p = append(p, pulled(udpEnd, "same")...)
	same := asm.Instructions{}
	for _, f := range []struct {
		at  int16
		own int16
	}{{atSrc, waySrc}, {atDst, wayDst}, {atPorts, wayPorts}} {
		same = append(same, asm.LoadMem(asm.R1, asm.R2, f.at, asm.Word), field(asm.R3, f.own), asm.JNE.Reg(asm.R1, asm.R3, "drop"))
	}
	p = append(p, labelled("same", same)...)
	p = append(p,
		field(asm.R1, wayProto),
		asm.JEq.Imm(asm.R1, protoTCP, "tcp"),

		asm.LoadMem(asm.R9, asm.R6, skbLen, asm.Word),
		asm.Sub.Imm(asm.R9, udpEnd),
		asm.StoreMem(asm.R10, stData, asm.R9, asm.Word),
	)
	p = append(p, summed(atUDPSum, wayAddrs, csumPseudo|csumMangledNil, field(asm.R4, wayAddrSum), "udp2")...)
	p = append(p, labelled("udp2", summed(atUDPSum, wayNumbers, csumMangledNil, field(asm.R4, wayPortSum), "udp3"))...)
	p = append(p, labelled("udp3", headers(udpEnd, "drop"))...)
	p = append(p, asm.Ja.Label("rewrite"))

	p = append(p, labelled("tcp", pulled(tcpEnd, "tcp1"))...)
	p = append(p,
		// Numbers: what stands there, and what will.
		asm.LoadMem(asm.R1, asm.R2, atSeq, asm.Word).WithSymbol("tcp1"),
		asm.Mov.Reg(asm.R4, asm.R1),
		asm.HostTo(asm.BE, asm.R4, asm.Word),
		field(asm.R3, waySeq),
		asm.Add.Reg32(asm.R4, asm.R3),
		asm.HostTo(asm.BE, asm.R4, asm.Word),
		asm.StoreMem(asm.R10, stSeq, asm.R4, asm.Word),
		asm.Xor.Imm32(asm.R1, -1),
		asm.Mov.Reg(asm.R8, asm.R1),
		asm.Add.Reg(asm.R8, asm.R4),

		asm.LoadMem(asm.R1, asm.R2, atAck, asm.Word),
		asm.Mov.Reg(asm.R4, asm.R1),
		asm.HostTo(asm.BE, asm.R4, asm.Word),
		field(asm.R3, wayAck),
		asm.Sub.Reg32(asm.R4, asm.R3),
		asm.StoreMem(asm.R10, stOwn, asm.R4, asm.Word),
		asm.HostTo(asm.BE, asm.R4, asm.Word),
		asm.StoreMem(asm.R10, stAck, asm.R4, asm.Word),
		asm.Xor.Imm32(asm.R1, -1),
		asm.Add.Reg(asm.R8, asm.R1),
		asm.Add.Reg(asm.R8, asm.R4),
		field(asm.R1, wayPortSum),
		asm.Add.Reg(asm.R8, asm.R1),
	)
	p = append(p, folded(asm.R8, asm.R1, 32)...)
	p = append(p, folded(asm.R8, asm.R1, 32)...)
	p = append(p,
		asm.LoadMem(asm.R1, asm.R2, atWindow, asm.Half),
		asm.HostTo(asm.BE, asm.R1, asm.Half),
		asm.StoreMem(asm.R10, stWindow, asm.R1, asm.Word),
		asm.LoadMem(asm.R1, asm.R2, atDoff, asm.Byte),
		asm.RSh.Imm(asm.R1, 4),
		asm.LSh.Imm(asm.R1, 2),
		asm.LoadMem(asm.R9, asm.R6, skbLen, asm.Word),
		asm.Sub.Imm(asm.R9, atPorts),
		asm.Sub.Reg(asm.R9, asm.R1),
		asm.StoreMem(asm.R10, stData, asm.R9, asm.Word),
	)
	p = append(p, summed(atTCPSum, wayAddrs, csumPseudo, field(asm.R4, wayAddrSum), "tcp2")...)
	p = append(p, labelled("tcp2", summed(atTCPSum, wayNumbers, 0, asm.Mov.Reg(asm.R4, asm.R8), "tcp3"))...)
	p = append(p, labelled("tcp3", headers(tcpEnd, "drop"))...)
	p = append(p,
		asm.LoadMem(asm.R1, asm.R10, stSeq, asm.Word),
		asm.StoreMem(asm.R2, atSeq, asm.R1, asm.Word),
		asm.LoadMem(asm.R1, asm.R10, stAck, asm.Word),
		asm.StoreMem(asm.R2, atAck, asm.R1, asm.Word),
	)
	p = append(p, windowed()...)
	p = append(p,
		asm.LoadMem(asm.R1, asm.R7, wayMACs, asm.DWord).WithSymbol("rewrite"),
		asm.StoreMem(asm.R2, 0, asm.R1, asm.DWord),
		asm.LoadMem(asm.R1, asm.R7, wayMACs+8, asm.Word),
		asm.StoreMem(asm.R2, 8, asm.R1, asm.Word),
		field(asm.R1, wayToSrc),
		asm.StoreMem(asm.R2, atSrc, asm.R1, asm.Word),
		field(asm.R1, wayToDst),
		asm.StoreMem(asm.R2, atDst, asm.R1, asm.Word),
		field(asm.R1, wayToPorts),
		asm.StoreMem(asm.R2, atPorts, asm.R1, asm.Word),
		asm.LoadMem(asm.R1, asm.R2, atIPSum, asm.Half),
		asm.Xor.Imm(asm.R1, 0xffff),
		field(asm.R3, wayAddrSum),
		asm.Add.Reg(asm.R1, asm.R3),
	)
	for range 3 {
		p = append(p, folded(asm.R1, asm.R3, 16)...)
	}
	p = append(p,
		asm.Xor.Imm(asm.R1, 0xffff),
		asm.StoreMem(asm.R2, atIPSum, asm.R1, asm.Half),

		asm.Mov.Imm(asm.R1, 1),
		xadd(asm.R7, asm.R1, wayPackets),
		asm.LoadMem(asm.R1, asm.R6, skbLen, asm.Word),
		xadd(asm.R7, asm.R1, wayOctets),
		asm.LoadMem(asm.R1, asm.R10, stData, asm.Word),
		xadd(asm.R7, asm.R1, wayData),
		asm.FnKtimeGetCoarseNs.Call(),
		asm.StoreMem(asm.R7, wayLast, asm.R0, asm.DWord),
		field(asm.R1, wayOut),
		asm.Mov.Imm(asm.R2, 0),
		asm.FnRedirect.Call(),
		asm.Return(),
		asm.Mov.Imm(asm.R0, tcxDrop).WithSymbol("drop"),
		asm.Return(),
		asm.Mov.Imm(asm.R0, tcxNext).WithSymbol("next"),
		asm.Return(),
	)
	return &ebpf.ProgramSpec{Name: "pixsim_mover", Type: ebpf.SchedCLS, AttachType: ebpf.AttachTCXIngress, License: "Apache-2.0", Instructions: p}
}

// windowed notes what a segment acknowledges and how much more its sender takes, unless that goes back or is for what cannot
// have been sent. It leaves R2 alone.
func windowed() asm.Instructions {
	p := asm.Instructions{
		asm.LoadMem(asm.R1, asm.R10, stOwn, asm.Word),
		asm.LoadMem(asm.R3, asm.R7, wayAcked, asm.Word),
		asm.Mov.Reg(asm.R4, asm.R1),
		asm.Sub.Reg(asm.R4, asm.R3),
	}
	p = append(p, signed(asm.R4)...)
	p = append(p,
		asm.JSLT.Imm(asm.R4, 0, "rewrite"),
		asm.LoadMem(asm.R3, asm.R7, wayEdge, asm.Word),
		asm.Mov.Reg(asm.R4, asm.R3),
		asm.Sub.Reg(asm.R4, asm.R1),
		asm.Add.Imm(asm.R4, WindowSlack),
	)
	p = append(p, signed(asm.R4)...)
	p = append(p,
		asm.JSLT.Imm(asm.R4, 0, "rewrite"),
		asm.StoreMem(asm.R7, wayAcked, asm.R1, asm.Word),
		asm.LoadMem(asm.R4, asm.R10, stWindow, asm.Word),
		asm.LoadMem(asm.R5, asm.R7, wayScale, asm.Word),
		asm.And.Imm(asm.R5, 31),
		asm.LSh.Reg(asm.R4, asm.R5),
		asm.Add.Reg(asm.R1, asm.R4),
		asm.Sub.Reg(asm.R3, asm.R1),
	)
	p = append(p, signed(asm.R3)...)
	return append(p,
		asm.JSGE.Imm(asm.R3, 0, "rewrite"),
		asm.StoreMem(asm.R7, wayEdge, asm.R1, asm.Word),
	)
}
