package release

import (
	"strconv"
	"strings"
)

// Files in flash (7.0 and later).
const (
	DiskName      Key = "disk name"         // "disk0:"
	DiskNames     Key = "disk names"        // all its names, with blanks between them
	DirHead       Key = "dir head"          // 1 directory
	DirLine       Key = "dir line"          // 1 number, 2 size, 3 time, 4 name, 5 permissions
	DirEmpty      Key = "dir empty"         // a directory without files
	DirFiles      Key = "dir files"         // above DirTail: 1 files without directories, 2 their octets; "" where it is not printed
	DirTail       Key = "dir tail"          // 1 total, 2 free, 3 percent free
	DirModeFile   Key = "dir mode file"     // permissions of a file
	DirModeDir    Key = "dir mode"          // those of a directory
	FlashListing  Key = "show flash head"   // show flash:
	FlashRow      Key = "show flash row"    // 1 number, 2 size, 3 time, 4 path
	FlashTail     Key = "show flash tail"   // 1 total, 2 free, 3 used
	DiskNoFile    Key = "disk no file"      // why something cannot be done with a path, as the next six
	DiskExists    Key = "disk exists"       //
	DiskFull      Key = "disk full"         //
	DiskIsDir     Key = "disk is directory" //
	DiskNotDir    Key = "disk no directory" //
	DiskNotEmpty  Key = "disk not empty"    //
	DiskBadName   Key = "disk bad name"     //
	DiskBroken    Key = "disk broken"       // the machine below refused
	CopyProtocols Key = "copy protocols"    // that copy knows beside tftp:, with blanks between them
	NoProtocol    Key = "no protocol"       // the simulator copies by TFTP only

	FilterCount  Key = "filter count"   // 1 lines
	CopyOver     Key = "copy over"      // question: the file is there
	CopyWriting  Key = "copy writing"   // 1 where to
	CopyInternal Key = "copy internal"  // from file to file; without a line end
	CopyNotDone  Key = "copy not done"  // it came and could not be stored. 1 where from, 2 why
	DeleteAsk    Key = "delete ask"     // question. 1 default
	DeleteSure   Key = "delete sure"    // question. 1 file
	DeleteFailed Key = "delete failed"  // 1 file, 2 why
	RenameFailed Key = "rename failed"  // 1 file, 2 why
	MkdirAsk     Key = "mkdir ask"      // question. 1 default
	MkdirDone    Key = "mkdir done"     // 1 directory
	MkdirFailed  Key = "mkdir failed"   // 1 directory, 2 why
	RmdirAsk     Key = "rmdir ask"      // question. 1 default
	RmdirDone    Key = "rmdir done"     // 1 directory
	RmdirFailed  Key = "rmdir failed"   // 1 directory, 2 why
	CdFailed     Key = "cd failed"      // 1 directory, 2 why
	FsckSure     Key = "fsck sure"      // question
	FsckDone     Key = "fsck done"      // 1 disk
	VerifyDone   Key = "verify done"    // 1 file, 2 sum
	VerifySame   Key = "verify same"    // 1 file, 2 sum
	VerifyOther  Key = "verify other"   // 1 file, 2 sum
	BootVars     Key = "show bootvar"   // 1, 2 images, stored and now; 3, 4 the same of the configuration; with its line ends
	BootNoConfig Key = "boot no config" // the startup-config of boot config is not there; at boot
	NoFaults     Key = "no boot faults" // show startup-config errors without any
	BootNoFile   Key = "boot no file"   // boot names what is not there. 1 file
	BootOtherURL Key = "boot other url" // flash: is disk0:. 1, 2 the path in each
)

// disk70 is what the file commands of 7.0 and later say. Unless said otherwise unverified: the wording of IOS, whose file
// system it is.
var disk70 = Catalogue{
	DiskName:    "flash:",
	DiskNames:   "flash:",
	DirHead:     "\nDirectory of %[1]s\n",
	DirLine:     "%-6[1]d %[5]s  %-11[2]d  %[3]s  %[4]s", // columns of captures of 8.x and 9.x
	DirEmpty:    "No files in directory",
	DirFiles:    "",
	DirTail:     "\n%[1]d bytes total (%[2]d bytes free)", // 7.0 capture
	DirModeFile: "-rw-",                                   // 7.0 capture
	DirModeDir:  "drw-",
	// Captures of 9.x on several models.
	FlashListing:  "--#--  --length--  -----date/time------  path",
	FlashRow:      "%5[1]d  %-10[2]d  %[3]s  %[4]s",
	FlashTail:     "\n%[1]d bytes total (%[2]d bytes free)",
	DiskNoFile:    "No such file or directory",
	DiskExists:    "File exists",
	DiskFull:      "Not enough space on device",
	DiskIsDir:     "Is a directory",
	DiskNotDir:    "Not a directory",
	DiskNotEmpty:  "Directory not empty",
	DiskBadName:   "Invalid argument",
	DiskBroken:    "I/O error",
	CopyProtocols: "ftp: http: https:",
	NoProtocol:    "Protocol not supported",

	FilterCount:  "Number of lines which match regexp = %[1]d",
	CopyOver:     "\n%%Warning:There is a file already existing with this name \nDo you want to over write? [confirm]",
	CopyWriting:  "\nWriting file %[1]s...",
	CopyInternal: "Copy in progress...",
	CopyNotDone:  "%%Error copying %[1]s (%[2]s)",
	DeleteAsk:    "\nDelete filename [%[1]s]? ",    // capture of 8.4
	DeleteSure:   "\nDelete %[1]s? [confirm]",      // the same
	DeleteFailed: "%%Error deleting %[1]s (%[2]s)", //
	RenameFailed: "%%Error renaming %[1]s (%[2]s)", //
	MkdirAsk:     "\nCreate directory filename [%[1]s]? ",
	MkdirDone:    "Created dir %[1]s",
	MkdirFailed:  "%%Error Creating dir %[1]s (%[2]s)",
	RmdirAsk:     "\nRemove directory filename [%[1]s]? ",
	RmdirDone:    "Removed dir %[1]s",
	RmdirFailed:  "%%Error Removing dir %[1]s (%[2]s)",
	CdFailed:     "%%Error changing to %[1]s (%[2]s)",
	FsckSure:     "\nfsck operation may take a while. Continue? [confirm]",
	FsckDone:     "flashfs[7]: Checking block 0...block number was (0)\nflashfs[7]: erasing block 0...done.\nfsck of %[1]s complete",
	VerifyDone:   "!!\nverify /MD5 (%[1]s) = %[2]s",
	VerifySame:   "!!\nVerified (%[1]s) = %[2]s",
	VerifyOther:  "!!\n%%Error verifying %[1]s\nComputed signature = %[2]s",
	// 7.0 capture.
	BootVars: "\nBOOT variable = %[1]s\nCurrent BOOT variable = %[2]s\nCONFIG_FILE variable = %[3]s\nCurrent CONFIG_FILE variable = %[4]s\n",

	NoFaults:     "INFO: No configuration errors",                          // unverified:
	BootNoFile:   "WARNING: BOOT variable added, but unable to find %[1]s", // seen on an ASA
	BootOtherURL: "INFO: Converting %[1]s to %[2]s",                        // capture of 8.4
}

// diskASA: the flash of the ASA is a compact flash with a file system of PCs.
var diskASA = Catalogue{
	DiskName:    "disk0:",
	DiskNames:   "disk0: flash:",
	DirModeFile: "-rwx", // captures of 8.x and 9.x
	DirModeDir:  "drwx",
	FsckDone: "Checking the boot sector and partition table...\nChecking FAT, Files and Directories...\nReclaiming unused space...\n" +
		"Updating FAT...\nDestroying old disk cache...\nInitializing %[1]s cache, please wait....Done.\nfsck of %[1]s complete",
}

// FlashSize is the octets of the flash of a model, by the first line of its name: "Internal ATA Compact Flash, 256MB".
func (m *Model) FlashSize() int {
	name, _, _ := strings.Cut(m.Flash, "\n")
	_, size, _ := strings.Cut(name, ", ")
	mb, _ := strconv.Atoi(strings.TrimSuffix(size, "MB"))
	return mb << 20
}
