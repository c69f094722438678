/** A corner of a route, in metres east and north of its origin, and the radius with which the road rounds it. */
export interface RouteCorner {
  readonly eastM: number;
  readonly northM: number;
  readonly radiusM: number;
}

/** A place on a route. */
export interface RoutePoint {
  readonly eastM: number;
  readonly northM: number;
  /** Clockwise from north, 0 to 360. */
  readonly headingDeg: number;
  /** One over the radius; 0 on a straight, positive in a right-hand bend. */
  readonly curvaturePerM: number;
}

/** A closed road of straights and arcs that touch each other: the heading has no jumps. */
export interface Route {
  readonly lengthM: number;
  /** @param distanceM from the start; beyond the length it goes round again */
  pointAt(distanceM: number): RoutePoint;
}

/**
 * Rounds the corners of a closed polygon.
 *
 * @throws RangeError when a side is too short for the bends at its ends
 */
export function buildRoute(corners: readonly RouteCorner[]): Route {
  const bends = corners.map((corner, index) => {
    const before = corners.at(index - 1) ?? corner;
    const after = corners[(index + 1) % corners.length] ?? corner;
    return bendAt(before, corner, after);
  });
  const sections = bends.flatMap((bend, index) => {
    const next = bends[(index + 1) % bends.length] ?? bend;
    return [bend.arc, straightBetween(bend, next)];
  });
  const starts: number[] = [];
  let lengthM = 0;
  for (const section of sections) {
    starts.push(lengthM);
    lengthM += section.lengthM;
  }
  const pointAt = (distanceM: number) => {
    const along = ((distanceM % lengthM) + lengthM) % lengthM;
    const index = starts.findLastIndex((start) => start <= along);
    const section = sections[index];
    if (section === undefined) throw new RangeError(`a route has no point at ${distanceM} m`);
    return pointOn(section, along - (starts[index] ?? 0));
  };
  return { lengthM, pointAt };
}

/** A piece of constant curvature. Angles in radians, clockwise from north. */
interface Section {
  readonly eastM: number;
  readonly northM: number;
  readonly headingRad: number;
  readonly curvaturePerM: number;
  readonly lengthM: number;
}

interface Bend {
  readonly corner: RouteCorner;
  readonly arc: Section;
  /** From the corner to where the arc touches the sides. */
  readonly tangentM: number;
  readonly headingOutRad: number;
}

function bendAt(before: RouteCorner, corner: RouteCorner, after: RouteCorner): Bend {
  const headingInRad = headingBetween(before, corner);
  const headingOutRad = headingBetween(corner, after);
  const turnRad = Math.atan2(Math.sin(headingOutRad - headingInRad), Math.cos(headingOutRad - headingInRad));
  const tangentM = corner.radiusM * Math.tan(Math.abs(turnRad) / 2);
  const arc = {
    eastM: corner.eastM - tangentM * Math.sin(headingInRad),
    northM: corner.northM - tangentM * Math.cos(headingInRad),
    headingRad: headingInRad,
    curvaturePerM: Math.sign(turnRad) / corner.radiusM,
    lengthM: corner.radiusM * Math.abs(turnRad),
  };
  return { corner, arc, tangentM, headingOutRad };
}

function straightBetween(bend: Bend, next: Bend): Section {
  const { corner, tangentM, headingOutRad } = bend;
  const sideM = Math.hypot(next.corner.eastM - corner.eastM, next.corner.northM - corner.northM);
  const lengthM = sideM - tangentM - next.tangentM;
  if (lengthM <= 0)
    throw new RangeError(`the side from (${corner.eastM}, ${corner.northM}) is too short for its bends`);
  return {
    eastM: corner.eastM + tangentM * Math.sin(headingOutRad),
    northM: corner.northM + tangentM * Math.cos(headingOutRad),
    headingRad: headingOutRad,
    curvaturePerM: 0,
    lengthM,
  };
}

function pointOn(section: Section, alongM: number): RoutePoint {
  const { eastM, northM, headingRad, curvaturePerM } = section;
  const headingHereRad = headingRad + curvaturePerM * alongM;
  const headingDeg = ((headingHereRad * 180) / Math.PI + 720) % 360;
  if (curvaturePerM === 0) {
    const straightEastM = eastM + alongM * Math.sin(headingRad);
    return { eastM: straightEastM, northM: northM + alongM * Math.cos(headingRad), headingDeg, curvaturePerM };
  }
  return {
    eastM: eastM + (Math.cos(headingRad) - Math.cos(headingHereRad)) / curvaturePerM,
    northM: northM + (Math.sin(headingHereRad) - Math.sin(headingRad)) / curvaturePerM,
    headingDeg,
    curvaturePerM,
  };
}

function headingBetween(from: RouteCorner, to: RouteCorner): number {
  return Math.atan2(to.eastM - from.eastM, to.northM - from.northM);
}
