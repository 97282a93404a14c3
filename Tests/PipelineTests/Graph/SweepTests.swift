import Pipeline
import Testing

@Suite("Sweeps")
struct SweepTests {
  private func points(
    _ parameters: [String], _ strategy: Sweep.Strategy = .grid, trials: Int? = nil, seed: Int = 1
  ) throws -> [String] {
    let sweep = try Sweep(
      strategy, try parameters.map { try SweepDimension(parsing: $0) }, trials: trials, seed: seed)
    return sweep.points.indices.map { sweep.overrides(of: $0).joined(separator: " ") }
  }

  @Test func gridsAreInOrder() throws {
    #expect(
      try points(["lr=0.1,0.2", "n=1..3"]) == [
        "lr=0.1 n=1", "lr=0.1 n=2", "lr=0.1 n=3", "lr=0.2 n=1", "lr=0.2 n=2", "lr=0.2 n=3",
      ])
    #expect(try points(["x=0..0.3:0.1"]) == ["x=0.0", "x=0.1", "x=0.2", "x=0.3"])
    #expect(try points(["n=1..10:4"]) == ["n=1", "n=5", "n=9"])
    #expect(try points(["n=1..1000"], trials: 2) == ["n=1", "n=2"])
    // Commas within lists and quotes separate nothing.
    #expect(try points(["t=[1,2],[3]", "s='a,b',c"], trials: 1) == ["t=[1,2] s='a,b'"])
    #expect(try SweepDimension(parsing: "tests=[1,2]").varies == false)
  }

  @Test func drawsDependOnSeedAndTrialAlone() throws {
    let parameters = ["lr=1e-4..1e-1:log", "n=1..4", "kind=a,b,c", "x=0..1:0.25", "y=0.0..1.0"]
    let long = try points(parameters, .random, trials: 200)
    #expect(try points(parameters, .random, trials: 20) == Array(long.prefix(20)))
    #expect(try points(parameters, .random).count == 20)
    #expect(try points(parameters, .random, trials: 20, seed: 2) != Array(long.prefix(20)))
    #expect(
      long[0] == "lr=0.0286075 n=2 kind=a x=0.25 y=0.718628",
      "changing the draws would change every resumed sweep")
    // Every value comes up, none beyond the ends: 200 draws miss one of five values with
    // probability 5 * 0.8^200.
    let columns = long.map { $0.split(separator: " ").map(String.init) }
    #expect(Set(columns.map { $0[1] }) == ["n=1", "n=2", "n=3", "n=4"])
    #expect(Set(columns.map { $0[2] }) == ["kind=a", "kind=b", "kind=c"])
    #expect(Set(columns.map { $0[3] }) == ["x=0.0", "x=0.25", "x=0.5", "x=0.75", "x=1.0"])
    let rates = columns.compactMap { Double($0[0].dropFirst(3)) }
    #expect(rates.count == 200 && rates.allSatisfy { (1e-4...1e-1).contains($0) })
    // Half of the draws lie below the geometric middle; five standard deviations are 0.18.
    #expect(abs(Double(rates.count { $0 < 0.00316 }) / 200 - 0.5) < 0.18)
  }

  @Test func namesStayWhenTrialsAreAdded() throws {
    func name(_ text: String, trials: Int?) throws -> String {
      try Sweep(.random, [SweepDimension(parsing: text)], trials: trials, seed: 1)
        .name(in: ["s.yaml", "default"])
    }
    #expect(try name("x=1..9", trials: 3) == name("x=1..9", trials: 30))
    #expect(try name("x=1..9", trials: 3) != name("x=1..8", trials: 3))
  }

  @Test(arguments: [
    ("=1,2", "'=1,2' has no name", "write name=value,value or name=low..high"),
    ("x=5..1", "'x=5..1' runs backwards", "write the smaller number first"),
    ("x=1,,2", "'x=1,,2' has an empty value", "remove the extra comma"),
    ("x=1,1", "'x=1,1' has a value twice", "remove one"),
    ("x=0..1:log", "'x=0..1:log' has no logarithm at 0.0", "start above 0"),
    (
      "x=0..1:0", "'x=0..1:0' ends with ':0'",
      "write a step above 0 (0..1:0.25), or log (1e-4..1:log)"
    ),
    (
      "x=0.1..2", "'x=0.1..2' has no steps to make a grid of",
      "add a step (0..1:0.25), or use --strategy random"
    ),
    (
      "x=1..100000", "'x=1..100000' has more than 10000 values",
      "take a larger step, or --strategy random"
    ),
  ])
  func refusals(text: String, what: String, fix: String) throws {
    let error = #expect(throws: Diagnostic.self) { try points([text]) }
    #expect(error?.what == what)
    #expect(error?.fix == fix)
    #expect(error?.location?.file == SourceLocation.commandLine)
  }

  @Test func tooManyAndTooFew() throws {
    let large = #expect(throws: Diagnostic.self) { try points(["x=1..1000", "y=1..1000"]) }
    #expect(large?.what == "the grid has more than 10000 points")
    let none = #expect(throws: Diagnostic.self) { try points([]) }
    #expect(none?.what == "nothing varies in this sweep")
    let twice = #expect(throws: Diagnostic.self) { try points(["x=1,2", "x=3,4"]) }
    #expect(twice?.what == "'x=3,4' names 'x' again")
  }

  @Test func tablesAreSortedByObjective() throws {
    func trial(_ number: Int, _ x: String, _ objective: Double?) -> SweepReport.Trial {
      SweepReport.Trial(
        number: number, point: [x], state: objective == nil ? .failed : .done,
        objective: objective, problem: objective == nil ? "model: out of memory" : "", run: "r",
        executed: 2, cached: 1, elapsedSeconds: 1.25)
    }
    let trials = [trial(1, "a", 0.5), trial(2, "b", nil), trial(3, "c", 0.75), trial(4, "d", 0.5)]
    let report = SweepReport(
      dimensions: ["x"], objective: "asr.worst", direction: .max, trials: trials)
    #expect(report.best?.number == 3)
    #expect(
      report.terminalText() == """
        trial  x  asr.worst  state   executed  seconds
        3      c  0.75       done    2         1.2
        1      a  0.5        done    2         1.2
        4      d  0.5        done    2         1.2
        2      b  –          failed  2         1.2
        trial 2: model: out of memory

        """)
    let least = SweepReport(dimensions: ["x"], objective: "a", direction: .min, trials: trials)
    #expect(least.trials.map(\.number) == [1, 4, 3, 2])
    #expect(report.csv.hasPrefix("trial,x,asr.worst,state,executed,seconds\n3,c,0.75,done,2,1.2\n"))
  }
}
