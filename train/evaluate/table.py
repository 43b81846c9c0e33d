"""Tables of figures as text."""

from collections.abc import Iterator, Mapping, Sequence

from .candidates import Outside
from .figures import Figures, Unrest, mean
from .published import ALL, AUTOMATIC, HISTOGRAM, IMAGENET, SATURATION, SUN
from .skin import NOT_GREY, SkinFigures
from .suggestions import NEAR
from .user import Count


def overall(figures: Figures) -> Iterator[str]:
    """Yield lines: a row for each baseline and each setting of each network, then the
    distributions."""
    pictures = dict(figures.baselines)
    for name, network in figures.networks.items():
        pictures |= {f"{name} {setting}": row for setting, row in network.pictures.items()}
    wide = max(map(len, pictures))

    yield f"{'':{wide}}  PSNR dB   SSIM  accuracy  balanced  CIEDE2000  colourfulness"
    for name, row in pictures.items():
        yield (
            f"{name:{wide}} {row.psnr:8.2f} {row.ssim:6.3f} {row.raw_accuracy:9.4f} "
            f"{row.balanced_accuracy:9.4f} {row.ciede2000:10.2f} {row.colourfulness:14.1f}"
        )
    yield ""
    yield f"{'':{wide}}  cross-entropy  top-1 %  top-5 %  (each in its own bins)"
    for name, network in figures.networks.items():
        if network.bins is None:
            continue
        top1, top5 = network.bins.top1 * 100, network.bins.top5 * 100
        yield f"{name:{wide}} {network.bins.cross_entropy:14.3f} {top1:8.1f} {top5:8.1f}"
    yield ""
    yield f"{'':{wide}}  unrest  unrest 95 %  (of the truth's, on flat squares)"
    for name, unrest in figures.unrest.items():
        yield f"{name:{wide}} {_factor(unrest, 'mean', 7)} {_factor(unrest, 'top', 12)}"


def by_class(classes: Mapping[str, Sequence[Figures]], name: str) -> Iterator[str]:
    """Yield lines: a row for each class, with the network `name` beside grey and the truth.

    classes: the figures of the photographs of each class.
    """
    settings = list(next(iter(classes.values()))[0].networks[name].pictures)
    wide = max(map(len, (name, *classes)))
    columns = 9 * (1 + len(settings))
    groups = ("PSNR dB", "CIEDE2000", "colourfulness")
    calm = "".join(f"{group:>{9 * len(settings)}}" for group in ("unrest", "unrest 95 %"))
    headings = ["grey", *settings, "grey", *settings, "truth", *settings, *settings, *settings]

    yield f"{'':{wide}} {'':11} " + "".join(f"{group:>{columns}}" for group in groups) + calm
    yield f"{name:{wide}} photographs " + "".join(f"{heading:>9}" for heading in headings)
    for label, measured in classes.items():
        figures = mean(measured)
        grey, truth = figures.baselines["grey"], figures.baselines["truth"]
        colored = [figures.networks[name].pictures[setting] for setting in settings]
        values = [
            *(f"{row.psnr:9.2f}" for row in (grey, *colored)),
            *(f"{row.ciede2000:9.2f}" for row in (grey, *colored)),
            *(f"{row.colourfulness:9.1f}" for row in (truth, *colored)),
        ]
        unrest = [figures.unrest[f"{name} {setting}"] for setting in settings]
        values += [_factor(each, part, 9) for part in ("mean", "top") for each in unrest]
        yield f"{label:{wide}} {len(measured):11} " + "".join(values)


def of_recognized(groups: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Yield lines: a row for grey and each setting of a network, a column for each group.

    groups: by the name of a group of photographs, the shares that `classify.shares` returns.
    """
    rows = list(next(iter(groups.values())))
    wide = max(map(len, rows))
    yield f"{'':{wide}}  recognized by a classifier as the true photograph is, %"
    yield f"{'':{wide}} " + "".join(f" {name:>9}" for name in groups)
    for row in rows:
        cells = (f" {shares[row] * 100:{max(9, len(name))}.1f}" for name, shares in groups.items())
        yield f"{row:{wide}} " + "".join(cells)


def of_revealed(curves: Mapping[str, Sequence[float]], counts: Sequence[Count]) -> Iterator[str]:
    """Yield lines: a row for each method, a column for each number of places revealed.

    curves: by method, the PSNR at each of the counts, as `reveal.reveal` returns it.
    """
    wide = max(map(len, curves))
    yield f"{'':{wide}}  PSNR dB by number of places of true color"
    yield f"{'':{wide}} " + "".join(f" {count!s:>9}" for count in counts)
    for name, curve in curves.items():
        yield f"{name:{wide}} " + "".join(f" {psnr:9.2f}" for psnr in curve)


def of_told(told: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Yield lines: a row for each network, a column for each thing told; then published figures.

    told: by network and by what is told, the PSNR, as in `published`.
    """
    kinds = (AUTOMATIC, SATURATION, HISTOGRAM, ALL)
    wide = max(map(len, (*told, *IMAGENET, *SUN)))

    def rows(figures: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
        for name, row in figures.items():
            cells = (f"{row[kind]:.2f}" if kind in row else "-" for kind in kinds)
            yield f"{name:{wide}} " + "".join(f" {cell:>10}" for cell in cells)

    yield f"{'':{wide}}  PSNR dB by what is told of the true colors"
    yield f"{'':{wide}} " + "".join(f" {kind:>10}" for kind in kinds)
    yield from rows(told)
    yield "published, on 1,000 photographs of ImageNet (Zhang et al. 2017, table 1)"
    yield from rows(IMAGENET)
    yield "published, on 240 photographs of SUN (Zhang et al. 2017, table 3)"
    yield from rows(SUN)


def of_suggestions(
    shares: Mapping[str, Mapping[str, Sequence[float]]], counts: Sequence[Count]
) -> Iterator[str]:
    """Yield lines: a row for each network and way, a column for each number of places revealed.

    shares: as `suggestions.measure` returns them.
    """
    rows = {f"{name} {way}": row for name, ways in shares.items() for way, row in ways.items()}
    wide = max(map(len, rows))
    yield (
        f"{'':{wide}}  % of pixels with one of nine colors within CIEDE2000 {NEAR:g}, "
        "by number of places of true color"
    )
    yield f"{'':{wide}} " + "".join(f" {count!s:>9}" for count in counts)
    for name, row in rows.items():
        yield f"{name:{wide}} " + "".join(f" {share * 100:9.1f}" for share in row)


def of_outside(others: Mapping[str, Outside]) -> Iterator[str]:
    """Yield lines: how far the luma of pictures that other programs made was off; then published
    figures."""
    yield "luma replaced by the photographs' own; it was off by, in codes of 255"
    wide = max(map(len, others))
    for name, other in others.items():
        yield f"{name:{wide}} {other.luma_error:8.2f}"
    yield ""
    published = {f"{name} (ImageNet)": figures for name, figures in IMAGENET.items()}
    published |= {f"{name} (SUN)": figures for name, figures in SUN.items()}
    wide = max(map(len, published))
    yield "published, of other photographs (Zhang et al. 2017, tables 1 and 3)"
    yield f"{'':{wide}}  PSNR dB"
    for name, figures in published.items():
        if AUTOMATIC in figures:
            yield f"{name:{wide}} {figures[AUTOMATIC]:8.2f}"


def _factor(unrest: Unrest | None, part: str, width: int) -> str:
    """Return a part of the unrest as text, a dash if there is none."""
    return f"{'-':>{width}}" if unrest is None else f"{getattr(unrest, part):{width}.2f}"


def of_skin(figures: SkinFigures | None) -> Iterator[str]:
    """Yield lines: about the faces, then a row for the truth and each setting of a network."""
    if figures is None:
        yield "no faces found"
        return
    low, high = figures.skin.hues
    yield (
        f"{figures.faces} faces: hue {low:.0f} to {high:.0f} degrees, "
        f"chroma {NOT_GREY:g} to {figures.skin.strongest:.0f}"
    )
    wide = max(map(len, figures.shares))
    yield f"{'':{wide}}  within %"
    for name, share in figures.shares.items():
        yield f"{name:{wide}} {share * 100:9.1f}"
