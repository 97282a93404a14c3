internal import CKernels
internal import COpenBLAS

/// Which arithmetic this process computes with.
package enum Numerics {
  /// Version of the arithmetic: raised when a kernel or an order of summation changes bits.
  private static let version = 1

  /// The OpenBLAS kernel family that results are computed with: one for every machine with AVX2,
  /// so that they agree; elsewhere what OpenBLAS picks.
  private static let blasCore: String? = level == "x86-64-v3" ? "Haswell" : nil

  private static var level: String { String(cString: ck_level()) }

  /// Variables that must be in the environment of a process that computes, before OpenBLAS is
  /// loaded into it.
  package static var environment: [String: String] {
    var variables = ["OPENBLAS_NUM_THREADS": "1"]
    variables["OPENBLAS_CORETYPE"] = blasCore
    return variables
  }

  /// Whether OpenBLAS was loaded into this process with the kernel family that ``tag`` names.
  package static var isPinned: Bool {
    blasCore == nil || blasCore == String(cString: openblas_get_corename())
  }

  /// A short text that is equal exactly when two pinned processes give the same bits, for cache
  /// keys: `f32.v1.x86-64-v3+openblas.Haswell`.
  package static let tag: String = {
    let core = blasCore ?? String(cString: openblas_get_corename())
    return "f32.v\(version).\(level)+openblas.\(core)"
  }()
}
