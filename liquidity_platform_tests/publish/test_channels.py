"""Where people are told: the addresses each service gives out are understood, and a mail is a mail."""

import pytest
from pydantic import SecretStr

from liquidity_platform.core.errors import ConfigError
from liquidity_platform.publish.channels import channels
from liquidity_platform.publish.wording import Message
from liquidity_platform.settings import NotifySettings
from liquidity_platform_tests.mailbox import mailbox

TOLD = Message("load_raw failed: disk full", "load_raw failed: disk full\n  http://ui/runs/1")


def named(*addresses: str) -> NotifySettings:
    return NotifySettings(urls=SecretStr(" ".join(addresses)))


@pytest.mark.parametrize(
    "address",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#macro",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
        "mailtos://desk:secret@example.com?to=risk@example.com",
        "json://127.0.0.1:9/secret",
    ],
)
def test_the_address_of_each_service_is_understood_and_shown_by_its_kind_alone(address: str) -> None:
    (channel,) = channels(named(address))
    kind, _, digits = channel.name.partition("-")
    assert address.startswith(f"{kind}://")
    assert len(digits) == 6
    assert address.partition("://")[2] not in repr(channel)


@pytest.mark.parametrize("address", ["slack://T1JJ3T3L2", "tgram://nonsense", "http//x", "discord://"])
def test_an_address_that_lacks_its_parts_is_refused_by_its_place(address: str) -> None:
    with pytest.raises(ConfigError, match=r"does not understand address 2$"):
        channels(named("json://127.0.0.1:9/", address))


def test_a_mail_reaches_its_recipients_whole() -> None:
    with mailbox() as box:
        host = f"127.0.0.1:{box.port}"
        url = f"mailto://{host}?smtp=127.0.0.1&from=desk@example.com&to=risk@example.com,ops@example.com&mode=insecure"
        (channel,) = channels(named(url))
        assert channel.send(TOLD)
    assert sorted(one for recipients, _ in box.got for one in recipients) == ["ops@example.com", "risk@example.com"]
    mail = box.got[0][1]
    assert mail["Subject"] == TOLD.title
    body = mail.get_body(("plain", "html"))
    assert body is not None
    assert "http://ui/runs/1" in body.get_content()


def test_a_mail_server_that_is_away_is_not_taken_for_one_that_took_it() -> None:
    with mailbox() as box:
        pass
    (channel,) = channels(named(f"mailto://127.0.0.1:{box.port}?smtp=127.0.0.1&from=a@example.com&to=b@example.com"))
    assert not channel.send(TOLD)
