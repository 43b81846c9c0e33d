"""Flash Video, taken apart."""


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
