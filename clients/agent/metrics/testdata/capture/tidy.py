"""Takes the machine out of what was captured: tidy.py OUT WORK."""
import os
import pathlib
import sys

out, work = pathlib.Path(sys.argv[1]), sys.argv[2].encode()
for text in out.glob("*.txt"):
    text.write_bytes(text.read_bytes().replace(work, b"WORK").replace(b"/usr/lib/python3/dist-packages", b"LIB"))
for n, old in enumerate(sorted(out.glob("events/**/*tfevents*"))):
    os.rename(old, old.with_name(f"events.out.tfevents.{1700000000 + n}.host" + (".v2" if old.name.endswith(".v2") else "")))
