"""Addresses of databases as the different drivers take them. Keep out: starting servers (conftest)."""

from sqlalchemy.engine import make_url


def plain(url: str) -> str:
    """The address as libpq takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
