package command

import (
	"fmt"
)

// showTCP is the box's own TCP: its telnet and SSH sessions, and what it dials. The layout is that of the 6.3 command
// reference. A connection is found by a hash, as there: each segment that came found its own. No user is asked for a name by a
// proxy.
var showTCP = shows("tcpstat", "Show the status of the TCP stack and of its connections", Privileged, from63, func(s Session) error {
	n := s.Box().TCP()
	return emit(s, "                CURRENT MAX     TOTAL\n"+
		fmt.Sprintf("tcb_cnt         %-8d%-8d%d\nproxy_cnt       %-8d%-8d%d\n\n", n.Now, n.Most, n.Made, 0, 0, 0)+
		fmt.Sprintf("tcp_xmt pkts = %d\ntcp_rcv good pkts = %d\ntcp_rcv drop pkts = %d\ntcp bad chksum = %d\n", n.Sent, n.Received, n.Bad, n.BadSum)+
		fmt.Sprintf("tcp user hash add = %d\ntcp user hash add dup = 0\ntcp user srch hash hit = %d\ntcp user srch hash miss = %d\n", n.Made, n.Received, n.Bad)+
		fmt.Sprintf("tcp user hash delete = %d\ntcp user hash delete miss = 0\n", n.Made-n.Now))
})
