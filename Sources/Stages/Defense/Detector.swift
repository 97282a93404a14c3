/// An input-level detector, as the column `defense` names it.
package enum Detector: String, Sendable, CaseIterable {
  case scaleUpDataFree = "scaleup data_free"
  case scaleUpDataLimited = "scaleup data_limited"
  case strip
}
