"""Counts websocket frames as they pass, to end messages of too many or too slow frames."""

_TOP = 0x80
_SHORTEST, _MEDIUM, _LONG = 2, 126, 127


class FrameWatch:
    """Reads the headers of a client's frames (RFC 6455, section 5.2) and skips their content.

    A message may have `frames_most` frames, control frames between them included, and take
    `message_s` from its first byte to its last. `violation` says what was passed, "" for nothing.
    """

    def __init__(self, frames_most: int, message_s: float) -> None:
        self.violation = ""
        self._frames_most = frames_most
        self._message_s = message_s
        self._header = bytearray()
        self._skip = 0
        self._frames = 0
        self._began_s: float | None = None
        self._control = self._final = self._within = False

    def feed(self, data: bytes, now_s: float) -> None:
        """Look at the next bytes, which arrived at `now_s`."""
        at = 0
        while at < len(data) and not self.violation:
            if self._began_s is None:
                self._began_s = now_s
            if self._skip == 0:
                at = self._take_header(data, at)
            taken = min(self._skip, len(data) - at)
            self._skip -= taken
            at += taken
            if self._skip == 0 and not self._header:
                self._end_frame()
        if self._began_s is not None and now_s - self._began_s > self._message_s:
            self.violation = f"a message took longer than {self._message_s:g} s"

    def _take_header(self, data: bytes, at: int) -> int:
        header = self._header
        while at < len(data):
            header.append(data[at])
            at += 1
            if len(header) >= _SHORTEST and len(header) == _header_size(header[1]):
                self._skip = _payload_size(header)
                self._final, self._control = header[0] >= _TOP, bool(header[0] & 0x08)
                header.clear()
                break
        return at

    def _end_frame(self) -> None:
        if not self._control:
            self._within = not self._final
        self._frames += 1
        if not self._within:
            self._frames = 0
            self._began_s = None
        if self._frames > self._frames_most:
            self.violation = f"a message has more than {self._frames_most} frames"


def _header_size(second: int) -> int:
    length = second & 0x7F
    extended = 8 if length == _LONG else 2 if length == _MEDIUM else 0
    return _SHORTEST + extended + (4 if second & _TOP else 0)


def _payload_size(header: bytearray) -> int:
    length = header[1] & 0x7F
    if length < _MEDIUM:
        return length
    return int.from_bytes(header[2 : 10 if length == _LONG else 4], "big")
