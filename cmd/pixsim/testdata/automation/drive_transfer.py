"""Brings a file to a box and back by Netmiko's file_transfer, by scp; arguments: port, the file, where it comes back to."""
import json
import sys

from netmiko import ConnectHandler, file_transfer

box = ConnectHandler(device_type="cisco_asa", host="127.0.0.1", port=int(sys.argv[1]), username="admin", password="secret15", secret="cisco")
done = [
    file_transfer(box, source_file=sys.argv[2], dest_file="sent.txt", file_system="disk0:", direction="put"),
    file_transfer(box, source_file=sys.argv[2], dest_file="sent.txt", file_system="disk0:", direction="put"),
    file_transfer(box, source_file="sent.txt", dest_file=sys.argv[3], file_system="disk0:", direction="get"),
]
box.disconnect()
print(json.dumps([[d["file_transferred"], d["file_verified"]] for d in done]))
