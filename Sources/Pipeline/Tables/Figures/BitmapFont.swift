/// A font of 5 x 7 dots with two rows of descenders, drawn for this program, for labels inside
/// images.
package enum BitmapFont {
  static let glyphWidth = 5
  static let glyphHeight = 7

  /// Width of the text in dots: six a character, without the last gap.
  package static func width(of text: String) -> Int {
    max(0, text.count * (glyphWidth + 1) - 1)
  }

  /// Draws the text with its top left corner at (x, y), each dot `scale` x `scale` pixels.
  ///
  /// Characters that the font lacks become a hollow box.
  package static func draw(
    _ text: String, in image: inout PNGImage, x: Int, y: Int, scale: Int = 1,
    colour: PNGImage.Pixel = .black
  ) {
    var left = x
    for character in text {
      let rows = glyphs[character] ?? unknown
      for (row, bits) in rows.enumerated() {
        for column in 0..<glyphWidth where bits >> (glyphWidth - 1 - column) & 1 == 1 {
          image.fill(
            x: left + column * scale, y: y + row * scale, width: scale, height: scale, colour)
        }
      }
      left += (glyphWidth + 1) * scale
    }
  }

  private static let unknown: [UInt8] = [31, 17, 17, 17, 17, 17, 31]

  /// Seven rows of five dots (nine where something hangs below the line), the leftmost dot being
  /// the bit of value 16.
  private static let glyphs: [Character: [UInt8]] = {
    var glyphs: [Character: [UInt8]] = [" ": [0, 0, 0, 0, 0, 0, 0]]
    for line in drawings.split(separator: "\n") {
      let digits = Array(line.dropFirst(2))
      guard let character = line.first else { continue }
      glyphs[character] = (0..<digits.count / 2).compactMap {
        UInt8(String(digits[2 * $0...2 * $0 + 1]), radix: 16)
      }
    }
    return glyphs
  }()

  private static let drawings = """
    A 0E11111F111111
    B 1E11111E11111E
    C 0E11101010110E
    D 1E11111111111E
    E 1F10101E10101F
    F 1F10101E101010
    G 0E11101713110F
    H 1111111F111111
    I 0E04040404040E
    J 0702020202120C
    K 11121418141211
    L 1010101010101F
    M 111B1515111111
    N 11191513111111
    O 0E11111111110E
    P 1E11111E101010
    Q 0E11111115120D
    R 1E11111E141211
    S 0F10100E01011E
    T 1F040404040404
    U 1111111111110E
    V 11111111110A04
    W 1111111515150A
    X 11110A040A1111
    Y 11110A04040404
    Z 1F01020408101F
    a 00000E010F110F
    b 10101E1111111E
    c 00000F1010100F
    d 01010F1111110F
    e 00000E111F100E
    f 0609081C080808
    g 00000F1111110F010E
    h 10101E11111111
    i 04000C0404040E
    j 02000602020202120C
    k 10101214181412
    l 0C04040404040E
    m 00001A15151515
    n 00001E11111111
    o 00000E1111110E
    p 00001E1111111E1010
    q 00000F1111110F0101
    r 00001619101010
    s 00000F100E011E
    t 08081C08080906
    u 0000111111130D
    v 00001111110A04
    w 0000111515150A
    x 0000110A040A11
    y 0000111111110F010E
    z 00001F0204081F
    0 0E11131519110E
    1 040C040404040E
    2 0E11010204081F
    3 1F02040201110E
    4 02060A121F0202
    5 1F101E0101110E
    6 0608101E11110E
    7 1F010204080808
    8 0E11110E11110E
    9 0E11110F01020C
    . 00000000000C0C
    , 00000000000C0C0408
    : 000C0C000C0C00
    ; 00000C0C000C0C0408
    ! 04040404040004
    ? 0E110102040004
    + 0004041F040400
    - 0000001F000000
    – 0000001F000000
    _ 0000000000001F
    = 00001F001F0000
    / 01010204081010
    \\ 10100804020101
    ( 02040808080402
    ) 08040202020408
    [ 0E08080808080E
    ] 0E02020202020E
    { 06040408040406
    } 0C04040204040C
    < 02040810080402
    > 08040201020408
    % 18190204081303
    & 0C12140815120D
    # 0A0A1F0A1F0A0A
    @ 0E11171517100E
    * 0004150E150400
    ' 04040800000000
    " 0A0A0A00000000
    | 04040404040404
    ~ 00000815020000
    ^ 040A1100000000
    $ 040F140E051E04
    ` 08040200000000
    × 00110A040A1100
    ± 04041F0404001F
    ° 0C12120C000000
    """
}
