/// A family of independent generators, one for each (seed, purpose, index).
///
/// Random numbers are addressed, not consumed: the numbers for image 17 of epoch 3 do not depend
/// on who asked first, on the number of lanes or on what else was drawn. The start state is
///
///     h = FNV-1a(purpose);  state = mix(mix(seed + c) ^ h), then for each index
///     state = mix(state + c ^ index),   c = 0x9E3779B97F4A7C15, mix of `SplitMix64`
package enum RandomStream {
  /// The generator at one address.
  ///
  /// - Parameters:
  ///   - seed: the experiment's seed.
  ///   - purpose: what the numbers are for; different texts give unrelated numbers.
  ///   - indices: which item, outermost first (epoch, image); may be empty.
  /// - Returns: a generator that no other address shares.
  package static func generator(
    seed: UInt64, purpose: String, _ indices: Int...
  ) -> SplitMix64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let step: UInt64 = 0x9E37_79B9_7F4A_7C15
    var state = SplitMix64.mix(SplitMix64.mix(seed &+ step) ^ hash)
    for index in indices {
      state = SplitMix64.mix((state &+ step) ^ UInt64(bitPattern: Int64(index)))
    }
    return SplitMix64(seed: state)
  }
}
