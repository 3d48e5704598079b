"""Sends each message through Apprise, which knows a hundred services by their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from alerts.aside import aside
from alerts.channel import Channel, Sending
from alerts.letter import Letter, Tone
from alerts.plain import body, marked
from core.addresses import resolve
from core.errors import AddressRefused, ChannelError
from core.settings.channels import ChannelSettings
from core.settings.fields import Secret

if TYPE_CHECKING:
    from apprise import NotifyBase

_LONGEST_REASON = 300


class AppriseSettings(ChannelSettings):
    """One of Apprise's addresses (`slack://…`, `mmost://…`, `msteams://…`: https://github.com/caronc/apprise/wiki).

    Apprise tells only whether a message went, so every failure is tried again until the message is given up.
    """

    url: Secret = Field(description="address of the service, as Apprise writes it")


async def send(settings: AppriseSettings, letter: Letter, sending: Sending) -> str:
    """Hand the letter to Apprise. Raises ChannelError, permanent only where it cannot even be tried."""
    service = await aside(_service, settings.url.get_secret_value())
    await _look_at_host(service, sending)
    return await aside(_notify, service, letter)


def _service(url: str) -> NotifyBase:
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(
        app_id="Integration Monitor", app_desc="Integration Monitor", secure_logging=True, plugin_paths=[]
    )
    service = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None:
        raise ChannelError(
            "Apprise does not know this address: see its wiki for how it is written", permanent=True
        )
    return service


async def _look_at_host(service: NotifyBase, sending: Sending) -> None:
    """Refuse what leads where nothing is ever sent. Apprise connects by itself, so this is a look before only."""
    host = getattr(service, "host", None)
    if not isinstance(host, str) or ("." not in host and ":" not in host and host != "localhost"):
        return
    try:
        await resolve(
            host.strip("[]"), getattr(service, "port", None) or 443, public_only=sending.public_only
        )
    except AddressRefused as error:
        raise ChannelError(str(error), permanent=True) from None
    except OSError:
        return


def _notify(service: NotifyBase, letter: Letter) -> str:
    import logging

    from apprise import Apprise, LogCapture, NotifyFormat, NotifyType

    kinds = {
        Tone.CRITICAL: NotifyType.FAILURE,
        Tone.WARNING: NotifyType.WARNING,
        Tone.OVER: NotifyType.SUCCESS,
        Tone.NEUTRAL: NotifyType.INFO,
    }
    services = Apprise()
    services.add(service)
    with LogCapture(level=logging.WARNING, fmt="%(message)s") as log:  # type: ignore[no-untyped-call]
        went = services.notify(
            title=marked(letter),
            body=body(letter),
            notify_type=kinds[letter.tone],
            body_format=NotifyFormat.TEXT,
        )
        said = " ".join(log.getvalue().split())
    if not went:
        raise ChannelError(f"Apprise could not send it: {said[:_LONGEST_REASON] or 'it does not say why'}")
    return "Apprise sent it"


CHANNEL = Channel(settings=AppriseSettings, send=send)
