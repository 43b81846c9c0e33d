"""Where the channels of sound belong, if the file does not say or the container can't tell."""

from av.audio.codeccontext import AudioCodecContext

# By the number of channels; WAVEFORMATEXTENSIBLE's order, as FFmpeg and players guess it.
_USUAL = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


def usual_layout(sound: AudioCodecContext) -> str | None:
    """Return the layout that as many channels have as a rule; None if there is none."""
    return _USUAL.get(sound.layout.nb_channels)


def guess_note(sound: AudioCodecContext, guess: str) -> str | None:
    """Return what there is to say of a layout that stands for none; None if all hear it so."""
    if _is_known(sound) or sound.layout.nb_channels <= 2:
        return None
    return f"does not say where its channels belong: taken for {guess}"


def guess_loss(sound: AudioCodecContext, guess: str, suffix: str) -> str | None:
    """Return what is lost where a layout stands for another one, in a container; None: nothing."""
    if not _is_known(sound):
        return None
    return f"channel layout {sound.layout.name}: lost, {suffix} can't tell it; written as {guess}"


def _is_known(sound: AudioCodecContext) -> bool:
    return sound.layout.name != f"{sound.layout.nb_channels} channels"
