/// How one training image is moved: first shifted, then mirrored, then turned.
package struct ImageTransform: Sendable, Equatable {
  /// Output pixel (i, j) shows input pixel (i + rowShift, j + columnShift).
  package var rowShift = 0
  package var columnShift = 0
  package var isMirrored = false
  /// Counter-clockwise.
  package var radians = 0.0

  /// No change.
  package init() {}
}
