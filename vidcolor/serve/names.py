"""The names under which a server may be asked for, which keep foreign pages out."""

from dataclasses import dataclass

LOCAL = "127.0.0.1"
"""The address of this machine that no other one reaches."""
EVERY = "0.0.0.0"
"""All addresses of this machine."""


@dataclass(frozen=True)
class Names:
    """What a request's Host and Origin may be.

    port: of the server. others: names given by the user, for which all addresses are served. A page
    of another origin, and a name that someone makes lead here (DNS rebinding), are refused.
    """

    port: int
    others: tuple[str, ...] = ()

    @property
    def hosts(self) -> frozenset[str]:
        """The values of Host that are accepted, in lower case."""
        names = (LOCAL, "localhost", *(each.lower() for each in self.others))
        found = {f"{name}:{self.port}" for name in names}
        return frozenset(found | ({*names} if self.port == 80 else set()))

    @property
    def origins(self) -> frozenset[str]:
        """The values of Origin that are accepted."""
        return frozenset(f"http://{host}" for host in self.hosts)

    @property
    def address(self) -> str:
        """The address to open."""
        return f"http://{self.others[0] if self.others else LOCAL}:{self.port}/"
