#!/usr/bin/env python3
"""long-speech.py MYNA WORDS OUT.wav [OPTION...]: has MYNA speak a text of so many words to a file, and prints as JSON how the
memory of the program and of its engine went: one row a minute, and the most of both in each tenth of the time.

The text is made here, the same for the same number of words; it is left beside the sound. Options go to `myna speak`. Linux only: memory
is read from /proc. SIGINT for myna ends it early, with what there is by then. Exit code: that of myna.
"""
import json, pathlib, random, subprocess, sys, tempfile, time

PEOPLE = "the baker,my sister,an old friend,the teacher,nobody,the driver,a young doctor,our neighbour,the whole family,his brother".split(",")
ACTS = "walked along,looked at,talked about,waited for,thought of,wrote about,came back to,asked for,sat beside,remembered".split(",")
THINGS = "the river,the old house,the station,a small garden,the open door,the morning train,the letter,the long road,the market,a glass of water".split(",")
TIMES = "in the morning,after the rain,at 7:30,on the 3rd of April,before dinner,for 20 minutes,late at night,every summer,once more,at last".split(",")


def sentence(draw):
    pick = draw.choice
    clause = lambda: f"{pick(PEOPLE)} {pick(ACTS)} {pick(THINGS)}"
    words = clause()
    if draw.random() < 0.5:
        words += f" {pick(TIMES)}"
    if draw.random() < 0.4:
        words += f", {pick(['and', 'but', 'while', 'because'])} {clause()}"
    return words[0].upper() + words[1:] + pick("....?!")


def text(words):
    draw, made, lines = random.Random(words), 0, []
    while made < words:
        paragraph = [sentence(draw) for _ in range(draw.randint(3, 8))]
        lines.append(" ".join(paragraph))
        made += len(lines[-1].split())
    return "\n\n".join(lines) + "\n"


def tree(root):
    """The resident megabytes of a process, and of all below it."""
    parents, sizes = {}, {}
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:  # it has ended
            continue
        pid = int(status.parent.name)
        parents[pid], sizes[pid] = int(fields["PPid"]), int(fields.get("VmRSS", "0 kB").split()[0])

    def below(pid):
        while pid not in (root, 0):
            pid = parents.get(pid, 0)
        return pid == root

    children = sum(size for pid, size in sizes.items() if pid != root and below(pid))
    return sizes.get(root, 0) / 1024, children / 1024


def main():
    myna, words, out, *options = sys.argv[1:]
    source = pathlib.Path(out).with_suffix(".txt")
    source.write_text(text(int(words)))
    command = [myna, "speak", "--file", str(source), "-o", out, "--json", "--no-history", *options]
    begin, rows = time.monotonic(), []
    # Its answer holds the text, which no pipe does unless somebody reads.
    with tempfile.TemporaryFile("w+") as answer, subprocess.Popen(command, stdout=answer) as child:
        while child.poll() is None:
            path = pathlib.Path(out)
            spoken = max(0, path.stat().st_size - 44) / 48000 if path.exists() else 0
            rows.append((time.monotonic() - begin, spoken, *tree(child.pid)))
            time.sleep(1)
        answer.seek(0)
        report = json.loads(answer.read() or "{}")
    tenths = [rows[len(rows) * i // 10 : len(rows) * (i + 1) // 10] for i in range(10)]
    report.pop("text", None)
    print(json.dumps({
        "words": len(source.read_text().split()),
        "passed_s": round(rows[-1][0]),
        "most_mb_in_tenths": [round(max((r[2] + r[3] for r in part), default=0)) for part in tenths],
        "a_row_a_minute_s_spoken_program_mb_engine_mb": [[round(v) for v in row] for row in rows[::60]],
        "report": report,
    }))
    return child.returncode


if __name__ == "__main__":
    sys.exit(main())
