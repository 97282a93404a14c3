internal import CKernels
import Foundation

/// Which arithmetic this process computes with.
package enum Numerics {
  /// Version of the arithmetic: raised when a kernel or an order of summation changes bits.
  private static let version = 4

  /// The OpenBLAS kernel family that results are computed with: one for every machine with AVX2,
  /// so that they agree; elsewhere what OpenBLAS picks.
  private static let blasCore: String? = level == "x86-64-v3" ? "Haswell" : nil

  private static var loadedCore: String { BLAS.installed?.coreName ?? "none" }

  /// Name and version of the C library: `glibc.2.39`.
  private static let cLibrary: String = {
    var text = [CChar](repeating: 0, count: 64)
    _ = confstr(Int32(_CS_GNU_LIBC_VERSION), &text, text.count)
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self).replacing(" ", with: ".")
  }()

  /// AVX-512 is no level of its own: our kernels give the bits of AVX2 with it.
  private static var level: String { String(cString: ck_level()) }

  /// Variables that are in the environment of a process that computes before OpenBLAS is loaded
  /// into it.
  package static var environment: [String: String] {
    var variables = ["OPENBLAS_NUM_THREADS": "1"]
    variables["OPENBLAS_CORETYPE"] = blasCore
    return variables
  }

  /// Whether OpenBLAS can be loaded into this process, with the kernel family that ``tag`` names.
  package static var isPinned: Bool {
    BLAS.installed.map { blasCore == nil || blasCore == $0.coreName } ?? false
  }

  /// A short text that is equal exactly when two pinned processes give the same bits, for cache
  /// keys: `f32.v4.x86-64-v3+openblas.Haswell+glibc.2.39`. The C library is part of it because
  /// logarithms, sines and cosines are its own.
  package static let tag: String = {
    let core = blasCore ?? loadedCore
    return "f32.v\(version).\(level)+openblas.\(core)+\(cLibrary)"
  }()
}
