"""Drives a box by pexpect over the program that the arguments name; prints what `show mode` says."""
import sys

import pexpect

child = pexpect.spawn(sys.argv[1], sys.argv[2:], encoding="ascii", timeout=20)
if child.expect(["[Pp]assword: ?$", "> $"]) == 0:
    child.sendline("cisco")
    child.expect("> $")
child.sendline("enable")
child.expect("Password: $")
child.sendline("cisco")
child.expect("# $")
child.sendline("terminal pager 0")
child.expect("terminal pager 0\r\n.*# $")
child.sendline("show mode")
child.expect("show mode\r\n(.*)\r\n.*# $")
print(child.match.group(1))
child.sendline("configure terminal")
child.expect(r"\(config\)# $")
child.sendline("hostname bypexpect")
child.expect(r"bypexpect\(config\)# $")
child.sendline("end")
child.expect("bypexpect# $")
child.sendline("exit")
child.expect(pexpect.EOF)
