"""The character-like tokenizers of the pocket voice and ear, as tokenizers JSON.

Owns: two byte-level vocabularies (one token a byte, so that any text encodes) with the special tokens each prompt format needs.
Promises: ids are found by name, never by the genuine models' numbers. No English merges: sounds map to letters, and small models
learn that faster than word pieces.
"""

import json

# The transcription instruction of Step-Audio 2; its bytes are merged so that it costs two tokens and not 42.
INSTRUCTION = "请记录下你所听到的语音内容。"
EAR_SPECIALS = """<|endoftext|> <|im_start|> <|im_end|> <|EOT|> <|BOT|> <|CALL_START|> <|CALL_END|> <|THINK_START|> <|THINK_END|>
<audio_start> <audio_end> <audio_patch> <audio_patch_pad> <|SC|> <tts_start> <tts_end> <tts_pad>""".split()
VOICE_SPECIALS = ["<|begin_of_text|>", "<|end_of_text|>", "<|AUDIO|>", "<|audio_eos|>"]
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def letters():
    """GPT-2's printable stand-ins: byte -> character."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    out, extra = {b: chr(b) for b in plain}, 0
    for byte in range(256):
        if byte not in out:
            out[byte] = chr(256 + extra)
            extra += 1
    return out


def tokenizer(specials, merged=()):
    """The content of tokenizer.json: 256 bytes in order, then merges of the `merged` texts, then the specials."""
    table = letters()
    vocabulary, merges = {table[b]: b for b in range(256)}, []
    for text in merged:
        # Merge the first pair wherever it stands, as the tokenizer will, until one piece is left.
        pieces = [table[b] for b in text.encode()]
        while len(pieces) > 1:
            first, second, rest = pieces[0], pieces[1], []
            merges.append([first, second])
            vocabulary[first + second] = len(vocabulary)
            while pieces:
                if pieces[:2] == [first, second]:
                    rest.append(first + second)
                    pieces = pieces[2:]
                else:
                    rest.append(pieces.pop(0))
            pieces = rest
    added = [
        {"id": len(vocabulary) + i, "content": name, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        for i, name in enumerate(specials)
    ]  # fmt: skip
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": SPLIT}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
            ],
        },
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "",
            "fuse_unk": False, "byte_fallback": False, "ignore_merges": False, "vocab": vocabulary, "merges": merges,
        },
    }  # fmt: skip


def ids_of(content):
    """Special token name -> id, and the number of rows."""
    named = {token["content"]: token["id"] for token in content["added_tokens"]}
    return named, len(content["model"]["vocab"]) + len(named)


def ear():
    # 请记录下你所听到的语音内容 is one run of letters for the splitter; the full stop is its own.
    return tokenizer(EAR_SPECIALS, [INSTRUCTION[:-1], INSTRUCTION[-1]])


def voice():
    return tokenizer(VOICE_SPECIALS)


def dump(content):
    return json.dumps(content, ensure_ascii=False, indent=1)
