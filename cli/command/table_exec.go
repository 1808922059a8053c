package command

import (
	"slices"
	"sync"
)

// execCommands are the commands that do and show things, in no order that matters but one: of the same words the earlier
// command wins.
var execCommands = sync.OnceValue(func() []*Command {
	return slices.Concat([]*Command{
		enable, disable, exit, quit, logout, login, endConfig, help,
		configureTerminal, configureMemory, configureNet, configureFloppy, configureHTTP, configureFactory, configureFactoryASA, clearAll, clearHalves, clearParts,
		writeMemory, writeTerminal, writeErase, writeNet, writeFloppy, writeStandby, reload, setup,
		ping, pingFrom, groom, who, kill, sshKill, clockSet,
		debugICMP, noDebugICMP, debugPacket, noDebugPacket, noDebugAll, undebug,
		terminalMonitor, terminalNoMonitor, noTerminalMonitor, terminalPager, noTerminalPager, execPager, execNoPager, execClearPager,
		clearBootFaults, showLoginHistory,
		captureCmd, noCapture, clearCapture,
		showDNS, clearDNS,
		packetTracer, showASPDrop, clearASPDrop, clearServicePolicy,
		dir, showDisk, more, deleteFile, renameFile, makeDir, removeDir, changeDir, printDir, fsck, verifyFile, showBootVar,
		copyTFTP, copyHTTP, copyCapture, copyFiles, showDHCPD, clearDHCPDRun,

		shunCmd, noShun, clearShun, clearXlate, clearConn, clearLocalHost, clearARP, clearLogging, clearSyslog, clearBuffer, clearListHits, clearConduitHits,
		clearInterface, clearTraffic, clearCounters, clearBlocks, clearAuth, clearAudit, perfmon, enterKey,

		caAlone, caGenerate, caSave, noCASave, caZeroize, showMyPubKey, showCACertificate, showCACRL,
		showPrivilege, showAuthPrompt, showVersion, showRunning(), showStartup, showConfigure, showHistory, showChecksum, showCurpriv, showClock,
		showXlate, showNAT, showNATPolicies, clearNATHits, showConn, showLocalHost, showAccessList, showConduit,
		showApply, showFragment, showShun, showNames, showNameifASA, showHostnameASA, showFixup,
		showInterface, showInterfaceBrief, showIPAddress, showRoute, showARP, showARPStatistics, clearARPStatistics,
		showTelnet, showTelnetTimeout, showSSH, showSSHTimeout, showSSHSessions, showWho,
		showLogging, showLogPart, showNTP, showSyslog, showMemory, showCPU, showCPUUsed, showTraffic, showBlocks, showProcesses, showPerfmon, showTech,
		showFailover, showFlash, showKey, showActkey, showHW, showAuth, showAudit, showPDMSessions, showPDMHistory, showARPTimeout,
		showMode, showFirewall, showInventory,
		showPager, showTerminal, showDebug, showCapture, showServicePolicy,
		showIGMP, showTCP, clearFlash, downgradeFlash, clearLogOff, showVPNClient, showPrefixLists, showRelayed, clearRelayed, showFailoverLAN, showCrash, showCrashSave, crashTest, crashForce, clearCrash, showStrays, clearStrays,
	}, showURL, showCrypto, showVPDN, showOSPF, idleCommands(), shunExec())
})
