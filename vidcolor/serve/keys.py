"""Who may ask a server: the keeper of a token, once, and then of the cookie that it became."""

import secrets
import threading


class Keys:
    """Tokens, each good for one visit, and the cookies that they were exchanged for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: set[str] = set()
        self._cookies: set[str] = set()
        self.secret = secrets.token_urlsafe(32)
        """Is told only in a file that nobody but the user can read; who knows it may ask for a
        token."""

    def token(self) -> str:
        """Return a new token."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens.add(token)
        return token

    def cookie_for(self, token: str) -> str | None:
        """Return a new cookie for a token, which is used up by that; None if it is not good."""
        with self._lock:
            if token not in self._tokens:
                return None
            self._tokens.remove(token)
            cookie = secrets.token_urlsafe(32)
            self._cookies.add(cookie)
            return cookie

    def knows(self, cookie: str | None) -> bool:
        """Tell whether a cookie was given out."""
        with self._lock:
            return cookie in self._cookies

    def knows_secret(self, secret: str) -> bool:
        """Tell whether this is the secret, in a time that tells nothing of it."""
        return secrets.compare_digest(secret.encode(), self.secret.encode())
