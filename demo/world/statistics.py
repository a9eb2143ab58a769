"""Shows nothing of restflow: the arithmetic of the report, which takes a while for a large country, as reports do."""

from collections.abc import Sequence
from math import asin, cos, log, radians, sin, sqrt
from statistics import median

EARTH_RADIUS_KM = 6371.0
Point = tuple[float, float]


def gini(sizes: Sequence[int]) -> float | None:
    """How unequal sizes are, from 0 (all alike) towards 1; `None` without any inhabitant."""
    ordered, total = sorted(sizes), sum(sizes)
    if not total:
        return None
    weighted = sum(rank * size for rank, size in enumerate(ordered, start=1))
    return 2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)


def zipf(sizes: Sequence[int]) -> float | None:
    """The exponent of the rank-size rule by least squares; near 1 in many countries. `None` below two sizes."""
    ordered = sorted((size for size in sizes if size > 0), reverse=True)
    if len(ordered) < 2:
        return None
    xs = [log(rank) for rank in range(1, len(ordered) + 1)]
    ys = [log(size) for size in ordered]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum((x - mean_x) ** 2 for x in xs)
    return -slope


def distance(one: Point, other: Point) -> float:
    """Kilometres along the surface between two points (latitude, longitude in degrees), by the haversine formula."""
    (north, east), (other_north, other_east) = one, other
    half_chord = sin(radians(other_north - north) / 2) ** 2 + (
        cos(radians(north)) * cos(radians(other_north)) * sin(radians(other_east - east) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half_chord)))


def nearest_median(points: Sequence[Point]) -> float | None:
    """The median of the distances to the nearest other point; `None` below two points."""
    if len(points) < 2:
        return None
    nearest = [float("inf")] * len(points)
    for index, point in enumerate(points):
        for other in range(index):
            apart = distance(point, points[other])
            nearest[index] = min(nearest[index], apart)
            nearest[other] = min(nearest[other], apart)
    return median(nearest)
