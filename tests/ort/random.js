// Seeded random numbers: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators",
// 2021), seeded by splitmix32. The same seed gives the same numbers on every machine.
'use strict';

class Random {
  // `stream` keeps the draws of one tensor apart from those of the next, so that adding an input changes no other.
  constructor(seed, stream = '') {
    let mixed = seed >>> 0;
    for (const character of stream) mixed = Math.imul(mixed ^ character.codePointAt(0), 0x01000193) >>> 0;
    this.state = new Uint32Array(4);
    for (let i = 0; i < 4; ++i) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let z = mixed;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.state[i] = (z ^ (z >>> 15)) >>> 0;
    }
  }

  next32() {
    const s = this.state, product = Math.imul(s[1], 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0, shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return result;
  }

  // In [low, high).
  uniform(low, high) {
    return low + (high - low) * (this.next32() / 4294967296);
  }

  // An integer in [low, high).
  integer(low, high) {
    return low + Math.floor((high - low) * (this.next32() / 4294967296));
  }
}

module.exports = {Random};
