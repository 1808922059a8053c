package lab

// LogFormat is how a family of servers writes its protocol log.
type LogFormat uint8

const (
	LogPlain    LogFormat = iota // the lab's own: that of LogEntry
	LogIMS                       // IMCDATA\LOG\L0000001.LOG
	LogW3C                       // the extended format of the Windows service
	LogCSV2007                   // the protocol log of Exchange 2007 and later
	LogPostfix                   // smtpd -v in the system log
	LogSendmail                  // LogLevel 14 and more
)
