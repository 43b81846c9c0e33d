"""Flash Video, taken apart."""


def with_later_tags(content: bytes, time: int, tags: dict[str, str]) -> bytes:
    """Return Flash Video that says these tags at a time in ms: the event "onMetaData" (E.5)."""
    told = b"\x02\0\x0aonMetaData\x08" + len(tags).to_bytes(4, "big")
    for name, text in tags.items():
        told += len(name).to_bytes(2, "big") + name.encode()
        told += b"\x02" + len(text).to_bytes(2, "big") + text.encode()
    told += b"\0\0\x09"
    event = b"\x12" + len(told).to_bytes(3, "big") + time.to_bytes(3, "big") + bytes(4) + told
    event += len(event).to_bytes(4, "big")
    place = 13
    while int.from_bytes(content[place + 4 : place + 7], "big") < time:
        place += 15 + int.from_bytes(content[place + 1 : place + 4], "big")
    return content[:place] + event + content[place:]


def with_second_header(content: bytes, after: int, changed: bool) -> bytes:
    """Return Flash Video whose AAC header comes again after so many pictures.

    changed: whether its last bit is another one then.

    Tags: type (1), size (3), time (4), stream (3), data, and the length of it all (4). Adobe,
    "Flash Video File Format Specification", version 10.1, annex E.4.
    """
    made, place, pictures, header = bytearray(content[:13]), 13, 0, b""
    while place < len(content):
        end = place + 15 + int.from_bytes(content[place + 1 : place + 4], "big")
        tag = content[place:end]
        made += tag
        if tag[0] == 8 and tag[12] == 0:
            header = tag
        pictures += tag[0] == 9
        if tag[0] == 9 and pictures == after:
            last = bytes([header[-5] ^ changed])
            made += header[:4] + tag[4:8] + header[8:-5] + last + header[-4:]
        place = end
    return bytes(made)
