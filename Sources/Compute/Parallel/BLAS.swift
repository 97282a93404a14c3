internal import COpenBLAS
import Foundation

/// OpenBLAS, loaded into this process when the first large product needs it.
///
/// It is not linked. When it is loaded it reads the variables that choose its kernels, and starts a
/// thread for every further core, which spins for a while; so what computes nothing pays nothing
/// for it, and what computes has the right kernels, whatever the environment says.
struct BLAS: Sendable {
  let sgemm: openblas_sgemm
  let sgemv: openblas_sgemv
  /// The kernel family it chose, such as `Haswell`.
  let coreName: String

  /// `nil` where it is not installed.
  static let installed: BLAS? = BLAS()

  /// - Precondition: it is installed: workers look before they compute.
  static let loaded: BLAS = {
    guard let installed else {
      preconditionFailure("OpenBLAS cannot be loaded; fix: apt-get install libopenblas-dev")
    }
    return installed
  }()

  private init?() {
    // No call chooses the kernels, only variables that are read as it is loaded. Workers inherit
    // them; a command that computes in its own process sets them here, once.
    for (name, value) in Numerics.environment where !Self.isSet(name, to: value) {
      setenv(name, value, 1)
    }
    guard
      let library = dlopen("libopenblas.so.0", RTLD_NOW) ?? dlopen("libopenblas.so", RTLD_NOW),
      let sgemm = dlsym(library, "cblas_sgemm"), let sgemv = dlsym(library, "cblas_sgemv"),
      let coreName = dlsym(library, "openblas_get_corename"),
      let setThreads = dlsym(library, "openblas_set_num_threads"),
      let name = unsafeBitCast(coreName, to: openblas_corename.self)()
    else { return nil }
    self.sgemm = unsafeBitCast(sgemm, to: openblas_sgemm.self)
    self.sgemv = unsafeBitCast(sgemv, to: openblas_sgemv.self)
    self.coreName = String(cString: name)
    // Its bits change with its thread count, and our threads are the lanes.
    unsafeBitCast(setThreads, to: openblas_set_threads.self)(1)
  }

  private static func isSet(_ name: String, to value: String) -> Bool {
    getenv(name).map { String(cString: $0) } == value
  }
}
