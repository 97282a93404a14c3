import Compute
import Foundation

/// Where simulated crashes happen: tracts with the standardised fields of the crash equations.
package struct TractWorld: Sendable {
  package let map: AreaMap
  package let adjacency: Adjacency
  /// Deprivation D: minus the standardised log income.
  package let deprivation: [Double]
  /// Standardised logit of the minority share, M.
  package let minority: [Double]
  /// Standardised log density, Ld.
  package let density: [Double]
  /// Standardised log truck traffic, La.
  package let traffic: [Double]
  /// Nearness to the freight corridor, C.
  package let corridor: [Double]
  /// What nobody observes, R: smooth over the map.
  package let residual: [Double]
  /// Chance of a crash, up to a factor: `truck_aadt^.7 density^.2`.
  package let exposure: [Double]

  /// Generator of a stream: `state0 = seed xor (0x9E3779B97F4A7C15 (stream + 1))`.
  static func random(seed: Int, stream: UInt64) -> SplitMix64 {
    SplitMix64(
      seed: UInt64(bitPattern: Int64(seed)) ^ (0x9E37_79B9_7F4A_7C15 &* (stream + 1)))
  }

  /// Mean 0 and population standard deviation 1.
  static func standardised(_ values: [Double]) -> [Double] {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / count).squareRoot()
    return values.map { ($0 - mean) / deviation }
  }

  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
