extension String {
  /// The same text with a picture in place of each control character, one for one, so that what a
  /// file holds can neither colour a terminal nor move its cursor. Line breaks stay.
  package var visible: String {
    guard unicodeScalars.contains(where: \.isActive) else { return self }
    var text = UnicodeScalarView()
    for scalar in unicodeScalars { text.append(scalar.isActive ? scalar.picture : scalar) }
    return String(text)
  }
}

extension Unicode.Scalar {
  /// Whether a terminal acts on it: control characters, and marks that turn the direction of text.
  fileprivate var isActive: Bool {
    switch value {
    case 0x0A: false
    case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// Unicode has pictures of the ASCII control characters.
  fileprivate var picture: Unicode.Scalar {
    switch value {
    case 0..<0x20: Unicode.Scalar(0x2400 + value) ?? "\u{FFFD}"
    case 0x7F: "\u{2421}"
    default: "\u{FFFD}"
    }
  }
}
