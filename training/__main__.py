"""`python -m training PART ...`: codec, voice, ear, export, evaluate, check. Each says more with --help."""

import importlib
import sys

PARTS = ("codec", "voice", "ear", "export", "evaluate", "check")

if len(sys.argv) < 2 or sys.argv[1] not in PARTS:
    sys.exit(f"usage: python -m training {'|'.join(PARTS)} [options]")
importlib.import_module(f"training.{sys.argv[1]}").main(sys.argv[2:])
