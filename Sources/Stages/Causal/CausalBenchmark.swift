import Compute
import Foundation
import Pipeline

/// The data sets on which estimators of effects are compared: published ones, and one of our own.
enum CausalBenchmark: String, CaseIterable {
  /// Real covariates of a programme for infants, simulated outcomes: effects are known.
  case ihdp
  /// A job-training experiment with controls from a survey.
  case jobs
  /// Same-sex twins, of whom one is observed: both outcomes are known.
  case twins
  /// The embedded units of ``MadeUnits``.
  case made

  private var asset: Asset? {
    switch self {
    case .ihdp: Assets.ihdp
    case .jobs: Assets.jobs
    case .twins: Assets.twins
    case .made: nil
    }
  }

  /// - Throws: ``StageFailure`` of class `environment` that says where the files come from.
  func files(in folders: DataFolders) throws -> [DeclaredFile] {
    guard let asset else { return [] }
    guard let folder = asset.locate(in: folders) else {
      let names = asset.files.map { "causal/\(rawValue)/\($0.name)" }.joined(separator: ", ")
      throw StageFailure(
        .environment, at: "parameter name", "the files of \(rawValue) are not there",
        why: "looked for \(names) in " + folders.folders.map(\.path).joined(separator: ", "),
        fix: "put \(origin) there, pass --data DIR, or write name: made")
    }
    return asset.files.map {
      DeclaredFile(name: $0.name, url: folder.appending(path: $0.name))
    }
  }

  private var origin: String {
    switch self {
    case .ihdp: "the IHDP replications (github.com/claudiashi57/dragonnet, dat/ihdp/csv) as CSV"
    case .jobs: "LaLonde's NSW and PSID-1 units (Rdatasets, DAAG nswdemo and psid1) as CSV"
    case .twins:
      "the TWINS arrays (github.com/VectorInstitute/Causal_Inference_Laboratory) as CSV"
    case .made: ""
    }
  }

  /// Builds the data set.
  ///
  /// - Parameters:
  ///   - files: those of ``files(in:)``, in order.
  ///   - replication: of `ihdp`, from 1.
  /// - Returns: the units, not split.
  /// - Throws: ``StageFailure`` for files that are not what they should be.
  func read(_ files: [HashedFile], replication: Int) throws -> CausalData {
    let tables = try files.map { try CSVFile(reading: $0.url) }
    let hash = SHA256.hex(of: Data(files.map(\.hash).joined().utf8))
    switch self {
    case .ihdp: return try Self.ihdp(tables, hash, replication)
    case .jobs: return try Self.jobs(tables[0], hash)
    case .twins: return try Self.twins(tables, hash)
    case .made: return MadeUnits.data(hash: SHA256.hex(of: Data("made 1".utf8)))
    }
  }

  private static let replications = 1..<100_000

  private static func ihdp(
    _ tables: [CSVFile], _ hash: String, _ replication: Int
  ) throws -> CausalData {
    let (covariates, outcomes, tests) = (tables[0], tables[1], tables[2])
    let names = (1...25).map { "x\($0)" }
    var x = try covariates.rows(names)
    // First-born is coded 1 and 2.
    for row in 0..<covariates.count { x[row * 25 + 13] -= 1 }
    let rows = try outcomes.integers("rep", in: replications).enumerated()
      .filter { $0.element == replication }.map(\.offset)
    let testRows = try tests.integers("rep", in: replications).firstIndex(of: replication)
    guard rows.count == covariates.count, let testRow = testRows else {
      throw StageFailure(
        at: "parameter replication", "replication \(replication) has \(rows.count) outcomes",
        why: "the files hold one outcome for each of \(covariates.count) units",
        fix: "write a replication that the files hold")
    }
    func outcome(_ name: String) throws -> [Float] {
      let column = try outcomes.column(name)
      return rows.map { Float(column[$0]) }
    }
    var data = CausalData(
      name: "ihdp", hash: hash, columns: names.map { CausalData.ColumnInfo($0) },
      x: Tensor(x, shape: [covariates.count, 25]),
      treatment: try covariates.flags("treatment"), outcome: try outcome("y_factual"))
    data.truth = (try outcome("mu0"), try outcome("mu1"))
    var published = [UInt8](repeating: 0, count: data.count)
    for name in tests.header where name != "rep" {
      published[try tests.integers(name, in: 0..<data.count)[testRow]] = 2
    }
    data.published = published
    return data
  }

  /// Features are the published ones that the file allows: earnings before the programme in
  /// thousands of dollars, whether there were none, and whether those of 1974 are known.
  private static func jobs(_ table: CSVFile, _ hash: String) throws -> CausalData {
    let names = ["age", "educ", "black", "hisp", "marr", "nodeg"]
    let (base, re74, re75) = (
      try table.rows(names), try table.cells("re74"), try table.column("re75")
    )
    var x: [Float] = []
    for row in 0..<table.count {
      x += base[row * names.count..<(row + 1) * names.count]
      x += [
        re74[row] == nil ? 0 : 1, Float((re74[row] ?? 0) / 1000), re74[row] == 0 ? 1 : 0,
        Float(re75[row] / 1000), re75[row] == 0 ? 1 : 0,
      ]
    }
    let columns = names + ["re74_known", "re74", "re74_zero", "re75", "re75_zero"]
    var data = CausalData(
      name: "jobs", hash: hash, columns: columns.map { CausalData.ColumnInfo($0) },
      x: Tensor(x, shape: [table.count, columns.count]),
      treatment: try table.flags("trt"),
      outcome: try table.column("re78").map { $0 > 0 ? 1 : 0 })
    data.randomised = try table.flags("experimental")
    return data
  }

  private static func twins(_ tables: [CSVFile], _ hash: String) throws -> CausalData {
    let names = tables[0].header.filter { !["t", "y0", "y1", "yf", "propensity"].contains($0) }
    let (first, second) = (tables[0], tables[1])
    func both(_ name: String) throws -> [Double] {
      try first.column(name) + second.column(name)
    }
    let count = first.count + second.count
    var data = CausalData(
      name: "twins", hash: hash, columns: names.map { CausalData.ColumnInfo($0) },
      x: Tensor(try first.rows(names) + second.rows(names), shape: [count, names.count]),
      treatment: try first.flags("t") + second.flags("t"),
      outcome: try both("yf").map { Float($0) })
    data.truth = (try both("y0").map { Float($0) }, try both("y1").map { Float($0) })
    data.published = (0..<count).map { $0 < first.count ? 0 : 2 }
    return data
  }
}

extension CSVFile {
  /// The numbers of a column that the file must have; nil for an empty field.
  fileprivate func cells(_ name: String) throws -> [Double?] {
    guard header.contains(name) else {
      throw StageFailure(
        at: "\(self.name):1", "there is no column '\(name)'", why: "the benchmark has it",
        fix: "get the file again")
    }
    return try numbers(name)
  }

  /// The numbers of a column that lacks none.
  fileprivate func column(_ name: String) throws -> [Double] {
    try zip(cells(name), lines).map { number, line in
      guard let number else {
        throw StageFailure(
          at: "\(self.name):\(line)", "column '\(name)' is empty",
          why: "the benchmark has a number in every row", fix: "get the file again")
      }
      return number
    }
  }

  /// The whole numbers of a column, all within a range.
  fileprivate func integers(_ name: String, in range: Range<Int>) throws -> [Int] {
    try column(name).enumerated().map { row, number in
      guard let whole = Int(exactly: number), range.contains(whole) else {
        throw StageFailure(
          at: "\(self.name):\(lines[row])", "column '\(name)' holds \(texts(name)[row].prefix(40))",
          why: "it is a whole number, at least \(range.lowerBound) and below \(range.upperBound)",
          fix: "get the file again")
      }
      return whole
    }
  }

  /// A column of 0 and 1.
  fileprivate func flags(_ name: String) throws -> [UInt8] {
    try integers(name, in: 0..<2).map { UInt8($0) }
  }

  /// Row-major numbers of some columns.
  fileprivate func rows(_ names: [String]) throws -> [Float] {
    let parts = try names.map(column)
    return (0..<count).flatMap { row in parts.map { Float($0[row]) } }
  }
}
