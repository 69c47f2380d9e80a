#!/usr/bin/python3
"""Another rfseal, written from the PROTOCOL section of rfseal(1), with python3-nacl.

usage: tests/rfseal.py vectors               prints tests/unit/vectors.inc
       tests/rfseal.py code CODE FILE        meets for the first time on stdin and stdout
       tests/rfseal.py pair FILE             meets again

Once it has met, it sends "hello from python", and writes what comes to standard error. FILE is
where it remembers the meeting, in a form of its own.
"""
import hashlib
import hmac
import os
import sys

from nacl import bindings as nacl

# ristretto255, as RFC 9496 has it.

P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def negative(x):
    return x % P & 1


def absolute(x):
    return -x % P if negative(x) else x % P


def sqrt_ratio(u, v):
    """SQRT_RATIO_M1: whether u/v is a square, and the root."""
    r = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * r * r % P
    if check in (-u % P, -u * ROOT % P):
        r = r * ROOT % P
    return check in (u % P, -u % P), absolute(r)


A_MINUS_D = (-1 - D) % P
INVSQRT_A_MINUS_D = sqrt_ratio(1, A_MINUS_D)[1]
SQRT_AD_MINUS_ONE = sqrt_ratio((-D - 1) % P, 1)[1]
# RFC 9496 fixes the sign: 4.1, SQRT_AD_MINUS_ONE.
if SQRT_AD_MINUS_ONE != 25063068953384623474111414158702152701244531502492656460079210482610430750235:
    SQRT_AD_MINUS_ONE = P - SQRT_AD_MINUS_ONE


def decode(data):
    s = int.from_bytes(data, "little")
    if s >= P or negative(s):
        return None
    u1 = (1 - s * s) % P
    u2 = (1 + s * s) % P
    v = (-D * u1 * u1 - u2 * u2) % P
    square, inverse = sqrt_ratio(1, v * u2 * u2 % P)
    den_x = inverse * u2 % P
    den_y = inverse * den_x * v % P
    x = absolute(2 * s * den_x)
    y = u1 * den_y % P
    t = x * y % P
    if not square or negative(t) or y == 0:
        return None
    return x, y, 1, t


def encode(point):
    x0, y0, z0, t0 = point
    u1 = (z0 + y0) * (z0 - y0) % P
    u2 = x0 * y0 % P
    inverse = sqrt_ratio(1, u1 * u2 * u2 % P)[1]
    den1 = inverse * u1 % P
    den2 = inverse * u2 % P
    z_inverse = den1 * den2 * t0 % P
    x, y, den = x0, y0, den2
    if negative(t0 * z_inverse):
        x, y, den = y0 * ROOT % P, x0 * ROOT % P, den1 * INVSQRT_A_MINUS_D % P
    if negative(x * z_inverse):
        y = -y % P
    return absolute(den * (z0 - y)).to_bytes(32, "little")


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0])
    b = (p[1] + p[0]) * (q[1] + q[0])
    c = 2 * p[3] * q[3] * D
    d = 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def map_to_point(data):
    t = int.from_bytes(data, "little") % 2**255 % P
    r = ROOT * t * t % P
    u = (r + 1) * (1 - D * D) % P
    v = (-1 - r * D) * (r + D) % P
    square, s = sqrt_ratio(u, v)
    c = -1 % P
    if not square:
        s, c = -absolute(s * t) % P, r
    n = (c * (r - 1) * (D - 1) ** 2 - v) % P
    w0 = 2 * s * v
    w1 = n * SQRT_AD_MINUS_ONE
    w2 = 1 - s * s
    w3 = 1 + s * s
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


def from_hash(data):
    return add(map_to_point(data[:32]), map_to_point(data[32:]))


# CPace

def prepend_len(data):
    length, out = len(data), b""
    while True:
        out += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return out + data


def lv_cat(*parts):
    return b"".join(map(prepend_len, parts))


def sha512(data):
    return hashlib.sha512(data).digest()


def cpace_scalar(secret):
    return int.from_bytes(secret, "little") % 2**252


def cpace_share(code, ci, sid, secret):
    dsi = b"CPaceRistretto255"
    pad = max(0, 128 - len(prepend_len(code)) - len(prepend_len(dsi)) - 1)
    generator = from_hash(sha512(lv_cat(dsi, code, bytes(pad), ci, sid)))
    return encode(multiply(cpace_scalar(secret), generator))


def cpace_key(sid, secret, ya, ada, yb, adb, theirs):
    point = decode(theirs)
    k = encode(multiply(cpace_scalar(secret), point)) if point else bytes(32)
    if k == bytes(32):
        sys.exit("the share is no element")
    return sha512(lv_cat(b"CPaceRistretto255_ISK", sid, k) + lv_cat(ya, ada) + lv_cat(yb, adb))


# The protocol

CODE, KNOWS, ANY, MADE = 1, 2, 4, 8
LABEL = b"rfseal 1"


def mac(key, text):
    return hmac.new(key, text, hashlib.sha512).digest()


def hello(can, nonce):
    return b"rfseal\x01" + bytes([can]) + nonce


def in_order(role, ours, theirs):
    return (ours, theirs) if role == "A" else (theirs, ours)


class Keys:
    def __init__(self, role, agreed, hellos, shares):
        transcript = sha512(b"".join(hellos + shares))
        secret = mac(transcript, agreed)
        other = "B" if role == "A" else "A"

        def expand(purpose):
            return mac(secret, LABEL + b" " + purpose.encode() + b"\x01")[:32]

        def proof(whose):
            return mac(expand("prove " + whose), transcript)[:32]

        self.role = role
        self.our_proof, self.their_proof = proof(role), proof(other)
        self.sending, self.receiving = expand("seal " + role), expand("seal " + other)
        self.remember = expand("remember")


class First:
    """A first meeting."""

    def __init__(self, code, ours, theirs, secret):
        self.role = "A" if ours[8:] > theirs[8:] else "B"
        self.hellos = in_order(self.role, ours, theirs)
        self.sid = b"".join(self.hellos)
        self.secret = secret
        self.share = cpace_share(code, LABEL, self.sid, secret)

    def keys(self, theirs):
        ya, yb = in_order(self.role, self.share, theirs)
        isk = cpace_key(self.sid, self.secret, ya, b"A", yb, b"B", theirs)
        return Keys(self.role, isk, self.hellos, (ya, yb))


class Later:
    """A later one."""

    def __init__(self, role, pair, ours, theirs, secret):
        self.role, self.pair, self.secret = role, pair, secret
        self.hellos = in_order(role, ours, theirs)
        self.share = nacl.crypto_scalarmult_base(secret)

    def keys(self, theirs):
        agreed = self.pair + nacl.crypto_scalarmult(self.secret, theirs)
        return Keys(self.role, agreed, self.hellos, in_order(self.role, self.share, theirs))


TAGS = {"data": nacl.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
        "word": nacl.crypto_secretstream_xchacha20poly1305_TAG_PUSH,
        "final": nacl.crypto_secretstream_xchacha20poly1305_TAG_FINAL}
REMEMBERED, END, TAKEN = b"\0", b"\2", b"\3"


def seal(state, kind, plain):
    length = (len(plain) + 17).to_bytes(2, "big")
    return length + nacl.crypto_secretstream_xchacha20poly1305_push(
        state, plain, length, TAGS[kind])


def unseal(state, read):
    length = read(2)
    plain, tag = nacl.crypto_secretstream_xchacha20poly1305_pull(
        state, read(int.from_bytes(length, "big")), length)
    return tag, plain


def sealing_with(header, key):
    """A state whose header is not random."""
    state = nacl.crypto_secretstream_xchacha20poly1305_state()
    nacl.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key)
    return state


# An end of it on stdin and stdout

def read_exactly(count):
    data = b""
    while len(data) < count:
        piece = os.read(0, count - len(data))
        if not piece:
            sys.exit("the link ended")
        data += piece
    return data


def write(data):
    while data:
        data = data[os.write(1, data):]


def meet(how, file):
    code = how.encode() if how else None
    ours = hello(CODE if code else KNOWS, os.urandom(32))
    write(ours)
    theirs = read_exactly(40)
    secret = os.urandom(32)
    if code:
        meeting = First(code, ours, theirs, secret)
    else:
        role, pair = open(file, encoding="ascii").read().split()
        meeting = Later(role, bytes.fromhex(pair), ours, theirs, secret)
    write(meeting.share)
    keys = meeting.keys(read_exactly(32))
    state = nacl.crypto_secretstream_xchacha20poly1305_state()
    header = nacl.crypto_secretstream_xchacha20poly1305_init_push(state, keys.sending)
    write(keys.our_proof + header)
    if read_exactly(32) != keys.their_proof:
        sys.exit("wrong proof")
    if code:
        with open(file, "w", encoding="ascii") as f:
            f.write(keys.role + " " + keys.remember.hex())
        write(seal(state, "word", REMEMBERED))
    return state, sealing_with(read_exactly(24), keys.receiving), keys.role


def talk(sending, receiving, role):
    text = b"hello from python\n"
    write(seal(sending, "data", text))
    write(seal(sending, "word", END))
    taken = 0
    while True:
        tag, plain = unseal(receiving, read_exactly)
        if tag == TAGS["data"]:
            sys.stderr.write(plain.decode())
            taken += len(plain)
        elif plain == END:
            write(seal(sending, "word", TAKEN + taken.to_bytes(8, "big")))
        elif plain[:1] == TAKEN:
            assert int.from_bytes(plain[1:], "big") == len(text)
            if role == "A":
                write(seal(sending, "final", b""))
        elif tag == TAGS["final"]:
            if role == "B":
                write(seal(sending, "final", b""))
                os.read(0, 1)
            return
        else:
            assert plain == REMEMBERED


# The vectors of the unit tests

def initializer(name, data):
    rows = [data[i:i + 12] for i in range(0, len(data), 12)]
    print(f"static const uint8_t {name}[{len(data)}] = {{")
    for row in rows:
        print("\t" + " ".join(f"0x{byte:02x}," for byte in row))
    print("};")


def vectors():
    print("/* Made by tests/rfseal.py vectors: another implementation's. */")
    print("#include <stdint.h>\n")
    nonce = {"A": bytes(range(32, 64)), "B": bytes(range(32))}
    secret = {"A": bytes(range(64, 96)), "B": bytes(range(96, 128))}
    for length in 127, 200:
        draft = bytes.fromhex("7e4b4791d6a8ef019b936c79fb7f2c57")
        ci = bytes.fromhex("6f630b425f726573706f6e6465720b415f696e69746961746f72")
        ya = bytes.fromhex("da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08")
        initializer(f"cpace_{length}", cpace_share(b"x" * length, ci, draft, ya))

    def both(make):
        ends = {role: make(role, "B" if role == "A" else "A") for role in "AB"}
        keys = {role: ends[role].keys(ends["B" if role == "A" else "A"].share) for role in "AB"}
        assert keys["A"].our_proof == keys["B"].their_proof
        assert keys["A"].their_proof == keys["B"].our_proof
        assert keys["A"].sending == keys["B"].receiving
        return ends, keys

    can = {"A": CODE | MADE, "B": CODE}
    ends, first = both(lambda us, them: First(
        b"482913", hello(can[us], nonce[us]), hello(can[them], nonce[them]), secret[us]))
    can = {"A": KNOWS, "B": ANY}
    pair = first["A"].remember
    # At a later meeting the roles stay; the nonces don't matter.
    nonce = {"A": nonce["B"], "B": nonce["A"]}
    again, later = both(lambda us, them: Later(
        us, pair, hello(can[us], nonce[us]), hello(can[them], nonce[them]), secret[us]))
    for name, meeting, keys in ("first", ends, first), ("later", again, later):
        for role in "AB":
            lower = role.lower()
            initializer(f"{name}_share_{lower}", meeting[role].share)
            initializer(f"{name}_proof_{lower}", keys[role].our_proof)
            initializer(f"{name}_seal_{lower}", keys[role].sending)
    initializer("first_remember", pair)

    header = bytes(range(200, 224))
    state = sealing_with(header, first["A"].sending)
    initializer("sealed", seal(state, "word", REMEMBERED) + seal(state, "data", b"hello\n") +
                seal(state, "data", b"x" * 200) + seal(state, "word", END) +
                seal(state, "word", TAKEN + (0x0102030405060708).to_bytes(8, "big")) +
                seal(state, "final", b""))


if __name__ == "__main__":
    if sys.argv[1:] == ["vectors"]:
        vectors()
    elif sys.argv[1:2] == ["code"]:
        talk(*meet(sys.argv[2], sys.argv[3]))
    else:
        talk(*meet(None, sys.argv[2]))
