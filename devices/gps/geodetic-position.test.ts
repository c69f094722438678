import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type GeodeticPosition, geodeticPosition, groundMotion } from './geodetic-position.ts';

const SEMI_MAJOR_M = 6_378_137;
const ECCENTRICITY_SQUARED = 0.00669437999014;
const RAD = Math.PI / 180;

/** The textbook formula in the other direction. */
function toEcef({ latitudeDeg, longitudeDeg, altitudeHaeM }: GeodeticPosition) {
  const [sine, cosine] = [Math.sin(latitudeDeg * RAD), Math.cos(latitudeDeg * RAD)];
  const radius = SEMI_MAJOR_M / Math.sqrt(1 - ECCENTRICITY_SQUARED * sine * sine);
  const axis = (radius + altitudeHaeM) * cosine;
  const z = (radius * (1 - ECCENTRICITY_SQUARED) + altitudeHaeM) * sine;
  return { x: axis * Math.cos(longitudeDeg * RAD), y: axis * Math.sin(longitudeDeg * RAD), z };
}

it('finds every place on earth and above [WGS 84]', () => {
  const places = fc.record({
    latitudeDeg: fc.double({ min: -90, max: 90, noNaN: true }),
    longitudeDeg: fc.double({ min: -180, max: 180, noNaN: true }),
    altitudeHaeM: fc.double({ min: -500, max: 20_000, noNaN: true }),
  });
  fc.assert(
    fc.property(places, (place) => {
      const found = geodeticPosition(toEcef(place));
      expect(found?.latitudeDeg).toBeCloseTo(place.latitudeDeg, 9);
      expect(found?.altitudeHaeM).toBeCloseTo(place.altitudeHaeM, 3);
      const eastM = Math.sin(((found?.longitudeDeg ?? 0) - place.longitudeDeg) * RAD) * SEMI_MAJOR_M;
      expect(eastM * Math.cos(place.latitudeDeg * RAD)).toBeCloseTo(0, 3);
    }),
    { numRuns: 200 },
  );
});

it('is nowhere near the centre of the earth', () => {
  expect(geodeticPosition({ x: 0, y: 0, z: 0 })).toBeUndefined();
});

it('turns a velocity to the horizon', () => {
  const place = { latitudeDeg: 48, longitudeDeg: 11, altitudeHaeM: 500 };
  const later = { latitudeDeg: 48 + 3e-6, longitudeDeg: 11 - 4e-6, altitudeHaeM: 500.5 };
  const [from, to] = [toEcef(place), toEcef(later)];
  const motion = groundMotion({ x: to.x - from.x, y: to.y - from.y, z: to.z - from.z }, place);
  // A degree of latitude is 111.2 km there, one of longitude 74.6 km.
  expect(motion.speedMps).toBeCloseTo(Math.hypot(0.3336, 0.2985), 2);
  expect(motion.headingDeg).toBeCloseTo(360 - Math.atan2(0.2985, 0.3336) / RAD, 0);
  expect(motion.climbMps).toBeCloseTo(0.5, 3);
});
