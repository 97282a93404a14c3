import Foundation
import Pipeline

/// What the columns of a crash file mean: which crashes to take, who was treated, how it ended,
/// where it was, and what was so before.
struct CrashSchema: Sendable {
  /// How a column of the file becomes a number; nil from each for a value that is not known.
  enum Rule: Sendable {
    /// The number itself, unless the text is one of these.
    case number(unknown: Set<String>)
    /// 1 for one of these texts, else 0; a blank is not known.
    case isOne(of: Set<String>, unknown: Set<String>)
    /// 0 for one of these texts, else 1; a blank is not known.
    case isNone(of: Set<String>, unknown: Set<String>)
    /// 1 for this text, else 0: a mark that is left out where it does not apply.
    case isMarked(String, unknown: Set<String>)
    /// 1 where the time `hhmm` is within these hours.
    case isWithin(hours: Range<Int>)
  }

  struct Field: Sendable {
    let name: String
    let column: String
    let rule: Rule
    var role = CausalData.Role.feature

    init(_ name: String, _ column: String, _ rule: Rule) {
      (self.name, self.column, self.rule) = (name, column, rule)
    }
  }

  /// A column with the texts of treated and of untreated crashes; others are left out.
  struct Treatment: Sendable {
    let column: String
    let treated: Set<String>
    let untreated: Set<String>
    /// Whether any other text is a mistake.
    var isClosed = false
  }

  enum Outcome: Sendable {
    /// The number itself.
    case number(column: String)
    /// 1 for at least so much.
    case atLeast(Double, column: String)
    /// A number for each text.
    case coded([String: Double], column: String)

    var column: String {
      switch self {
      case .number(let column), .atLeast(_, let column), .coded(_, let column): column
      }
    }
  }

  /// Columns that name a crash, together.
  let id: [String]
  let longitude: String
  let latitude: String
  /// Crashes to take: column and allowed texts.
  var filter: [String: Set<String>]
  let treatment: Treatment
  let outcome: Outcome
  let fields: [Field]

  /// Whether a column tells what came of a crash, however its name is written: as a covariate it
  /// would take away a part of the effect.
  static func isConsequence(_ column: String) -> Bool {
    let name = column.lowercased()
    return consequences.contains(name) || name.hasPrefix("count_")
  }

  private static let consequences: Set<String> = [
    "fatals", "persons", "ve_total", "peds", "man_coll", "number_injured", "number_killed",
    "tow_away", "collision_severity",
  ]
}

extension CrashSchema {
  /// Fatality Analysis Reporting System. Only fatal crashes are in it, so that severity is how many
  /// died: 1 for two or more. Treatment: street lights in the dark.
  ///
  /// - Parameter header: of the file.
  /// - Returns: with what this year's file has.
  static func fars(_ header: [String]) -> CrashSchema {
    let unknownRoad: Set<String> = ["6", "8", "9", "96", "98", "99"]
    let unknownClass: Set<String> = ["96", "98", "99"]
    let fields = [
      Field("late", "hour", .isOne(of: ["0", "1", "2", "3", "4"], unknown: ["99"])),
      Field("weekend", "day_week", .isOne(of: ["1", "7"], unknown: ["9"])),
      Field("winter", "month", .isOne(of: ["11", "12", "1", "2"], unknown: [])),
      Field("national_highway", "nhs", .isOne(of: ["1"], unknown: ["9"])),
      Field("rural", "rur_urb", .isOne(of: ["1"], unknown: unknownRoad)),
      Field("freeway", "func_sys", .isOne(of: ["1", "2"], unknown: unknownClass)),
      Field("arterial", "func_sys", .isOne(of: ["3", "4"], unknown: unknownClass)),
      Field("intersection", "typ_int", .isNone(of: ["1"], unknown: ["98", "99"])),
      Field("ramp", "reljct2", .isOne(of: ["5", "20"], unknown: ["98", "99"])),
      Field("work_zone", "wrk_zone", .isNone(of: ["0"], unknown: [])),
      Field("rain", "weather", .isOne(of: ["2"], unknown: ["98", "99"])),
      Field("fog", "weather", .isOne(of: ["5"], unknown: ["98", "99"])),
      Field("drunk", "drunk_dr", .isNone(of: ["0"], unknown: [])),
      Field("longitude", "longitude", .number(unknown: farsUnknownPlaces)),
      Field("latitude", "latitude", .number(unknown: farsUnknownPlaces)),
    ]
    return CrashSchema(
      id: header.contains("year") ? ["year", "st_case"] : ["st_case"], longitude: "longitude",
      latitude: "latitude", filter: [:],
      treatment: Treatment(column: "lgt_cond", treated: ["3"], untreated: ["2"]),
      outcome: .atLeast(2, column: "fatals"), fields: fields)
  }

  /// Codes of places that are not known, as the files write them.
  static let farsUnknownPlaces: Set<String> = [
    "77.777700", "88.888800", "99.999900", "777.777700", "888.888800", "999.999900", "77.7777",
    "88.8888", "99.9999", "777.7777", "888.8888", "999.9999",
  ]

  /// What a SWITRS export is asked for.
  enum SwitrsTreatment: String, CaseIterable, Sendable {
    /// Street lights in the dark, against none or none that work.
    case lighting
    /// Working traffic signals, against no control.
    case signal
  }

  /// California's police records. Blank flags mean no, "-" means unknown; the code of severity is
  /// not monotone: 0 property damage only, 1 fatal, 2 severe, 3 visible, 4 complaint of pain.
  ///
  /// - Parameters:
  ///   - header: of the file.
  ///   - treatment: what is compared.
  ///   - levels: outcome of property damage only, minor, serious, fatal.
  /// - Returns: with what this export has.
  static func switrs(
    _ header: [String], treatment: SwitrsTreatment, levels: [Double]
  ) -> CrashSchema {
    let hasPoint = header.contains("POINT_X") && header.contains("POINT_Y")
    let compared: Treatment =
      switch treatment {
      case .lighting:
        Treatment(column: "LIGHTING", treated: ["C"], untreated: ["D", "E"])
      case .signal: Treatment(column: "CONTROL_DEVICE", treated: ["A"], untreated: ["D"])
      }
    return CrashSchema(
      id: ["CASE_ID"], longitude: hasPoint ? "POINT_X" : "LONGITUDE",
      latitude: hasPoint ? "POINT_Y" : "LATITUDE", filter: ["TRUCK_ACCIDENT": ["Y"]],
      treatment: compared,
      outcome: .coded(
        ["0": levels[0], "1": levels[3], "2": levels[2], "3": levels[1], "4": levels[1]],
        column: "COLLISION_SEVERITY"),
      fields: [
        Field("late", "COLLISION_TIME", .isWithin(hours: 0..<5)),
        Field("weekend", "DAY_OF_WEEK", .isOne(of: ["6", "7"], unknown: ["-"])),
        Field("wet", "ROAD_SURFACE", .isOne(of: ["B"], unknown: ["-"])),
        Field("state_highway", "STATE_HWY_IND", .isMarked("Y", unknown: ["-"])),
        Field("intersection", "INTERSECTION", .isMarked("Y", unknown: ["-"])),
      ])
  }

  /// A file of the user's: treatment 0 or 1, numbers for the rest.
  ///
  /// - Parameters:
  ///   - id: column that names a crash.
  ///   - treatment: column of 0 and 1.
  ///   - outcome: column of numbers.
  ///   - features: columns of numbers.
  ///   - place: columns of longitude and latitude.
  /// - Returns: the schema.
  static func custom(
    id: String, treatment: String, outcome: String, features: [String],
    place: (longitude: String, latitude: String)
  ) -> CrashSchema {
    CrashSchema(
      id: [id], longitude: place.longitude, latitude: place.latitude, filter: [:],
      treatment: Treatment(
        column: treatment, treated: ["1"], untreated: ["0"], isClosed: true),
      outcome: .number(column: outcome),
      fields: features.map { Field($0, $0, .number(unknown: [])) })
  }
}
