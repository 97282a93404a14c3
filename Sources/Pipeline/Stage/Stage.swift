/// A unit of work that turns artifacts into artifacts.
///
/// A conforming struct *is* a bound stage: its stored properties are its parameters, read and
/// declared by ``init(_:)``. Everything else about it is static and fixed.
///
/// `run` must depend on nothing but its parameters, its inputs and its declared files, and must
/// write canonical bytes (no times, stable order): the cache takes its outputs as a function of
/// these alone.
package protocol Stage: Sendable {
  /// The dotted type name that specifications use (`backdoor.poison`).
  static var kind: String { get }
  /// Raised whenever the outputs change for unchanged inputs.
  static var version: Int { get }
  /// One sentence for help and docs.
  static var summary: String { get }
  static var inputs: [InputSlot] { get }
  static var outputs: [OutputSlot] { get }
  /// Whether results depend on the machine's vector level and BLAS kernels. Such a stage always
  /// runs in a worker process, where the kernel family is pinned before the library loads.
  static var usesNumerics: Bool { get }
  /// Whether the stage runs a program of the user's. Its inputs may then have any name and type
  /// beside those declared, its parameter ``StageType/outputsParameter`` names its outputs, and it
  /// always runs in a worker process, below which all that the program starts can be found.
  static var isExternal: Bool { get }

  /// Reads and declares the parameters; problems are collected by the reader.
  init(_ parameters: inout ParameterReader)

  /// The outputs with these parameters: the static ones, unless the parameters name them.
  var outputs: [OutputSlot] { get }

  /// Variables of the caller's environment that the stage may see; no part of the key, and their
  /// values are never stored.
  var secrets: [String] { get }

  /// Whether the same inputs give the same bytes again.
  var isDeterministic: Bool { get }

  /// Rough cost, for scheduling and for the choice between a worker process and a thread.
  var estimate: Estimate { get }

  /// Whether ``files(in:)`` is to be asked at all. A stage that says no is spared the question,
  /// and a run of such stages is recognised as unchanged the sooner.
  static var readsFiles: Bool { get }

  /// The files outside the store that the stage reads; their contents are part of the key.
  ///
  /// - Throws: ``StageFailure`` of class `environment` when needed data is missing.
  func files(in folders: DataFolders) throws -> [DeclaredFile]

  func run(_ context: StageContext) throws
}

extension Stage {
  package static var usesNumerics: Bool { true }
  package static var isExternal: Bool { false }
  package var outputs: [OutputSlot] { Self.outputs }
  package var secrets: [String] { [] }
  package var isDeterministic: Bool { true }
  package static var readsFiles: Bool { true }
  package func files(in folders: DataFolders) throws -> [DeclaredFile] { [] }
}

/// What one run of a stage is expected to cost.
package struct Estimate: Sendable {
  package let cpuSeconds: Double
  package let memoryBytes: Int

  package init(cpuSeconds: Double, memoryBytes: Int) {
    self.cpuSeconds = cpuSeconds
    self.memoryBytes = memoryBytes
  }

  /// For work that is done in the blink of an eye.
  package static let small = Estimate(cpuSeconds: 0.1, memoryBytes: 64 << 20)
}

/// Why a stage could not do its work, in the four parts of every message.
package struct StageFailure: Error, Hashable, Sendable {
  package enum Class: String, Sendable, Codable {
    /// The data or parameters are at fault.
    case input
    /// The machine is at fault: a file is missing, the disk is full.
    case environment
  }

  package let failureClass: Class
  /// Parameter, file or input slot at fault.
  package let location: String
  package let what: String
  package let why: String
  package let fix: String

  package init(
    _ failureClass: Class = .input, at location: String, _ what: String, why: String = "",
    fix: String = ""
  ) {
    self.failureClass = failureClass
    self.location = location
    self.what = what
    self.why = why
    self.fix = fix
  }
}

extension StageFailure: CustomStringConvertible {
  package var description: String {
    var text = "\(location): \(what)"
    if !why.isEmpty { text += "\n  \(why)" }
    if !fix.isEmpty { text += "\n  fix: \(fix)" }
    return text
  }
}
