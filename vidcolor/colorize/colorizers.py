"""The colorizers of films whose settings may differ; they share their networks."""

from typing import TYPE_CHECKING

from vidcolor.colorize.settings import ColorSettings

if TYPE_CHECKING:
    from vidcolor.colorize.colorizer import Colorizer
    from vidcolor.colorize.settings import Networks


class Colorizers:
    """Makes the colorizer of each settings once. device: as in `net.device`."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._networks: Networks = {}
        self._made: dict[ColorSettings, Colorizer] = {}

    def __call__(self, settings: ColorSettings) -> "Colorizer":
        """Return it. Raises as `ColorSettings.make_colorizer`."""
        if settings not in self._made:
            self._made[settings] = settings.make_colorizer(self._device, self._networks)
        return self._made[settings]
