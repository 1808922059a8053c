"""Asks a box by paramiko's exec channel and by its shell; arguments: port, user, password."""
import sys

import paramiko

c = paramiko.SSHClient()
c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
c.connect("127.0.0.1", port=int(sys.argv[1]), username=sys.argv[2], password=sys.argv[3], look_for_keys=False, allow_agent=False)
_, out, err = c.exec_command("show version")
print(" Version " in out.read().decode(), out.channel.recv_exit_status(), err.read() == b"")
c.close()

c.connect("127.0.0.1", port=int(sys.argv[1]), username=sys.argv[2], password=sys.argv[3], look_for_keys=False, allow_agent=False)
shell = c.invoke_shell(width=200, height=100)
shell.settimeout(20)


def until(end):
    text = ""
    while not text.endswith(end):
        text += shell.recv(65535).decode()
    return text


until("> ")
shell.send("enable\n")
until("Password: ")
shell.send("cisco\n")
until("# ")
shell.send("show curpriv\n")
print("Current privilege level : 15\r\n" in until("# "))
shell.send("exit\n")
while shell.recv(65535):
    pass
print(shell.recv_exit_status())
c.close()
