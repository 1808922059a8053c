"""Drives a box by Netmiko and prints, as JSON, what came of it.

Arguments: a JSON object with what ConnectHandler takes, and a list of steps, each a list of a method's name and its
arguments. "pauses" counts the pauses that Netmiko made.
"""
import json
import sys
import time

from netmiko.cisco.cisco_asa_ssh import CiscoAsaSSH

paused = {"count": 0, "seconds": 0.0}
real_sleep = time.sleep


def sleep(seconds):
    paused["count"] += 1
    paused["seconds"] += seconds
    real_sleep(seconds)


time.sleep = sleep

device, steps = json.loads(sys.argv[1]), json.loads(sys.argv[2])
began = time.monotonic()
box = CiscoAsaSSH(**device)
out = [{"step": "login", "took": time.monotonic() - began, "result": box.base_prompt}]
for method, *args in steps:
    began = time.monotonic()
    result = getattr(box, method)(*args)
    out.append({"step": method, "took": time.monotonic() - began, "result": result})
box.disconnect()
print(json.dumps({"steps": out, "pauses": paused["count"], "seconds": paused["seconds"]}))
