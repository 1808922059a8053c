package release

// show84: captures of 8.3 and 8.4.
var show84 = Catalogue{
	XlateLegend: "Flags: D - DNS, i - dynamic, r - portmap, s - static, I - identity, T - twice\n       e - extended",

	SyslogAuthenticated: "6-611101 User authentication succeeded: IP address: %[1]s, Uname: %[3]s",
	SyslogAuthFailed:    "6-611102 User authentication failed: IP address: %[1]s, Uname: %[3]s",
}

// show91: captures of 9.x.
var show91 = Catalogue{
	Rebooting: "\n\n***\n*** --- START GRACEFUL SHUTDOWN ---\nShutting down isakmp\nShutting down webvpn\nShutting down sw-module\n" +
		"Shutting down License Controller\nShutting down File system\n\n\n\n" +
		"***\n*** --- SHUTDOWN NOW ---\nProcess shutdown finished\nRebooting... (status 0x9)\n\n",
	XlateLegend:    "Flags: D - DNS, e - extended, I - identity, i - dynamic, r - portmap,\n       s - static, T - twice, N - net-to-net",
	ServiceInspect: "      Inspect: %[1]s, packet %[2]d, lock fail 0, drop %[3]d, reset-drop %[4]d", // a 9.8(1); unverified: for 9.1
	// a box with all of it off, and a 9.x with some of it on
	LoggingState: "Syslog logging: %[1]s\n    Facility: %[2]d\n    Timestamp logging: %[3]s\n    Hide Username logging: %[13]s\n" +
		"    Standby logging: %[4]s\n    Debug-trace logging: disabled\n    Console logging: %[5]s\n    Monitor logging: %[6]s\n" +
		"    Buffer logging: %[7]s\n    Trap logging: %[8]s\n%[11]s" +
		"    Permit-hostdown logging: %[14]s\n    History logging: %[9]s\n    Device ID: %[10]s\n" +
		"    Mail logging: %[15]s\n    ASDM logging: %[12]s\n",
	LoggingHost: "        Logging to %[1]s %[2]s, %[3]s TX:%[4]d errors: 0  dropped: 0\n",
	LoggingTCP: "    Global TCP syslog stats::\n        NOT_PUTABLE: 0, ALL_CHANNEL_DOWN: 0\n" +
		"        CHANNEL_FLAP_CNT: 0, SYSLOG_PKT_LOSS: %[1]d\n        PARTIAL_REWRITE_CNT: 0\n",
	Memory: "Free memory:%18[1]d bytes (%2[4]d%%)\nUsed memory:%18[2]d bytes (%2[5]d%%)\n" +
		"-------------     ------------------\nTotal memory:%17[3]d bytes (100%%)\n",
}
