/// The look of a report: one column of text, one accent, colours for light and dark.
enum PageStyle {
  static var text: String {
    ":root{\(variables(light)) color-scheme:light dark}\n"
      + "@media (prefers-color-scheme:dark){:root{\(variables(dark))}}\n"
      + "@media print{:root{\(variables(light)) color-scheme:light}}\n" + rules + series
  }

  /// A variable with its value on light and on dark ground. Texts reach a contrast of 4.5.
  private static let colours: [(name: String, light: String, dark: String)] = [
    ("ground", "#fbfbfa", "#101317"), ("panel", "#ffffff", "#171b21"),
    ("ink", "#1b1f24", "#e6eaef"), ("muted", "#57606a", "#a2abb6"),
    ("line", "#e1e4e8", "#2a3038"), ("soft", "#f1f3f5", "#1e242c"),
    ("accent", "#2b4acb", "#9db1ff"), ("wash", "#e8ecfc", "#222b4d"),
    ("pass", "#116b39", "#74d9a4"), ("pass-wash", "#e3f4ea", "#12301f"),
    ("fail", "#ae1f17", "#ff9d94"), ("fail-wash", "#fdebe9", "#3c1613"),
    ("open", "#785000", "#f0c66e"), ("open-wash", "#fcf1d8", "#352909"),
    ("none", "#57606a", "#a2abb6"), ("none-wash", "#edeff2", "#232930"),
  ]

  private static var light: [(String, String)] {
    colours.map { ($0.name, $0.light) }
      + Palette.series.enumerated().map { ("s\($0.offset)", $0.element.light) }
  }

  private static var dark: [(String, String)] {
    colours.map { ($0.name, $0.dark) }
      + Palette.series.enumerated().map { ("s\($0.offset)", $0.element.dark) }
  }

  private static func variables(_ values: [(String, String)]) -> String {
    values.map { "--\($0.0):\($0.1);" }.joined()
  }

  /// The classes of ``SVGDocument`` in the page's own colours.
  private static var series: String {
    Palette.series.indices.map {
      "svg .s\($0){stroke:var(--s\($0))}svg .f\($0){fill:var(--s\($0))}"
    }
    .joined(separator: "\n") + "\n"
  }

  private static let rules = """
    *{box-sizing:border-box}
    html{font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
    background:var(--ground);color:var(--ink);-webkit-text-size-adjust:100%;scroll-behavior:smooth}
    body{margin:0 auto;max-width:76rem;padding:2.5rem 1.5rem 4rem}
    h1,h2,.claim h3,.headline{font-family:"Iowan Old Style",Charter,"Bitstream Charter",
    "Source Serif 4","Noto Serif",Cambria,Georgia,serif;font-weight:600;text-wrap:balance}
    h1{font-size:clamp(1.6rem,1.1rem + 2vw,2.4rem);line-height:1.15;letter-spacing:-.01em;
    margin:.2rem 0 .6rem}
    h2{font-size:1.5rem;line-height:1.2;margin:3.5rem 0 .6rem;padding-top:1rem;
    border-top:1px solid var(--line)}
    h3{font-size:1.02rem;line-height:1.35;margin:1.8rem 0 .5rem}
    p{margin:.5rem 0;max-width:44rem}
    a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:.18em}
    a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--accent);
    outline-offset:2px;border-radius:3px}
    code,pre,.id{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;
    font-size:.86em;overflow-wrap:anywhere}
    pre{background:var(--soft);border-radius:6px;padding:.8rem 1rem;overflow-x:auto;
    white-space:pre-wrap;margin:.6rem 0}
    dl,dd,dt,figure{margin:0}
    dt{color:var(--muted)}
    .skip{position:absolute;left:-99rem}
    .skip:focus{left:1rem;top:1rem;background:var(--panel);padding:.5rem 1rem;z-index:2}
    .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
    white-space:nowrap}
    .note,.remark,.from{color:var(--muted);font-size:.92rem}
    .eyebrow{color:var(--accent);font-size:.8rem;font-weight:600;letter-spacing:.06em;
    text-transform:uppercase;margin:0}
    .facts{display:flex;flex-wrap:wrap;gap:.4rem 2.2rem;margin:1.2rem 0}
    .facts dt{font-size:.76rem;line-height:1.2}
    .facts dd{font-size:.95rem;font-weight:600;overflow-wrap:anywhere}
    nav{display:flex;flex-wrap:wrap;gap:.3rem 1.3rem;font-size:.92rem;padding:.7rem 0;
    border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
    nav a{text-decoration:none}
    nav a:hover{text-decoration:underline}
    .pass{--tone:var(--pass);--tint:var(--pass-wash)}
    .fail{--tone:var(--fail);--tint:var(--fail-wash)}
    .open{--tone:var(--open);--tint:var(--open-wash)}
    .none{--tone:var(--none);--tint:var(--none-wash)}
    .verdict{margin:1.8rem 0 0;padding:1.5rem 1.7rem 1.3rem;border-radius:12px;
    background:var(--tint)}
    .headline{font-size:clamp(1.5rem,1.1rem + 1.8vw,2.1rem);line-height:1.2;margin:0;
    color:var(--tone);max-width:none}
    .mark{margin-right:.45em}
    .tally{display:flex;gap:3px;height:10px;margin:1.1rem 0 .6rem;border-radius:5px;overflow:hidden}
    .tally span{background:var(--tone)}
    .tally .none{opacity:.35}
    .counts{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;margin:0;max-width:none}
    .count b{color:var(--tone);font-size:1.15rem;margin-right:.1rem}
    .claim{display:grid;grid-template-columns:minmax(0,1fr) 25rem;gap:.5rem 2rem;
    align-items:center;background:var(--panel);border:1px solid var(--line);
    border-left:4px solid var(--tone);border-radius:8px;padding:1rem 1.3rem 1.1rem;margin:1rem 0}
    .claim h3{font-size:1.2rem;margin:.45rem 0 .7rem}
    .claim h4{font-size:1rem;margin:.3rem 0 .4rem}
    .claim.none{grid-template-columns:minmax(0,1fr);padding:.6rem 1.3rem;margin:.5rem 0;
    border-left-color:var(--line)}
    .claim.none .numbers{display:flex;flex-wrap:wrap;gap:0 1.6rem}
    .claim.none .numbers div{display:block}
    .claim.none dt,.claim.none dd{display:inline}
    .claim.none dt{margin-right:.5em}
    .claim.none .numbers .ours dd{font-weight:400}
    .badge{margin:0;display:flex;flex-wrap:wrap;gap:.2rem .8rem;align-items:baseline}
    .chip{background:var(--tint);color:var(--tone);font-weight:650;font-size:.85rem;
    padding:.12rem .65rem;border-radius:99px;white-space:nowrap}
    .level{color:var(--muted);font-size:.85rem}
    .numbers{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15rem 1.1rem;
    font-variant-numeric:tabular-nums;font-size:.95rem}
    .numbers div{display:contents}
    .numbers .ours dd{font-weight:650}
    .remark{border-left:3px solid var(--tint);padding-left:.7rem}
    .from{font-size:.82rem;margin-bottom:0}
    .gauge svg{width:100%;height:auto;max-width:25rem;display:block}
    .rest{margin-top:2rem}
    .wide{overflow-x:auto;margin:.8rem 0}
    table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums lining-nums}
    caption{text-align:left;padding:0 0 .4rem}
    caption b,details.table b{display:block;font-size:1rem;white-space:nowrap}
    details.table>summary b{display:inline}
    details.table[open] caption b{display:none}
    caption span,figcaption span{color:var(--muted);font-size:.86rem}
    th,td{padding:.3rem .6rem;text-align:right;vertical-align:baseline;white-space:nowrap;
    border-bottom:1px solid var(--line)}
    thead th{color:var(--muted);font-weight:600;font-size:.84rem;border-bottom:2px solid var(--line);
    vertical-align:bottom}
    th.text,td.text,th.cells{text-align:left}
    th.cells{white-space:normal;min-width:14rem;font-weight:400}
    tbody th{font-weight:600}
    td.text{white-space:normal}
    td a{color:inherit;text-decoration-color:var(--line)}
    td a:hover{color:var(--accent);text-decoration-color:currentColor}
    .spread{color:var(--muted);font-size:.86em;font-weight:400}
    td.best{font-weight:700;background:var(--wash)}
    .derived{border-left:1px solid var(--line);background:var(--soft)}
    .table{margin:2rem 0}
    details.table>summary{padding:.3rem 0}
    .origins{font-size:.86rem}
    .origins ul{margin:.4rem 0;padding-left:1.2rem}
    summary{cursor:pointer}
    .origins summary{color:var(--muted)}
    .notice{border-left:4px solid var(--tone);background:var(--tint);border-radius:6px;
    padding:.2rem 1.2rem .6rem}
    .notice h3{color:var(--tone);margin-top:.6rem}
    .failure{border:1px solid var(--line);border-left:4px solid var(--fail);border-radius:8px;
    background:var(--panel);padding:.3rem 1.2rem .7rem;margin:1rem 0}
    .failure h3{margin-top:.6rem}
    .failure h3 span{color:var(--fail)}
    small{font-weight:400;color:var(--muted)}
    .log{max-height:22rem;overflow-y:auto}
    figure{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;
    margin:1.2rem 0;width:fit-content;max-width:100%}
    figure .wide{margin:0 0 .6rem}
    figure svg{height:auto;max-width:100%;min-width:30rem}
    figure img{max-width:100%;height:auto;display:block}
    .plate{background:#fff;border-radius:4px;padding:4px}
    figcaption b,figcaption span,figcaption code{display:block}
    figcaption code{color:var(--muted)}
    svg{font-family:inherit;display:block}
    svg .ground{fill:var(--panel)}
    svg .ink{fill:var(--ink)}svg .strong{fill:var(--ink)}svg .muted{fill:var(--muted)}
    svg .empty{fill:var(--soft)}svg .grid{stroke:var(--line)}svg .axis{stroke:var(--muted)}
    svg .halo{stroke:var(--panel)}svg .accent{fill:var(--accent)}
    svg .accepted{fill:var(--wash)}svg .bound{stroke:var(--accent);stroke-width:2}
    svg a{text-decoration:none}
    .drawing svg{height:auto;max-width:100%;min-width:46rem}
    .gantt svg{width:100%}
    .bar{display:block;height:.6rem;border-radius:3px;background:var(--accent);min-width:2px}
    .costs td:last-child{width:14rem}
    .stage{border-bottom:1px solid var(--line)}
    .stage>summary,.instance>summary{display:flex;flex-wrap:wrap;gap:.1rem .9rem;
    align-items:baseline;padding:.5rem 0}
    .stage>summary::before,.instance>summary::before{content:"▸";color:var(--muted);width:.8em}
    .stage[open]>summary::before,.instance[open]>summary::before{content:"▾"}
    .stage>summary span,.cost,.state{color:var(--muted);font-size:.88rem}
    .stage .states{margin-left:auto}
    .state.fail{color:var(--fail);font-weight:650}
    .cost{margin-left:auto}
    .stage>.body{padding:0 0 1rem 1.4rem}
    .instance{border-top:1px solid var(--line)}
    .instance>.body{padding:.2rem 0 .8rem 1.4rem;font-size:.92rem}
    .line{margin:0;padding:.25rem 0;border-top:1px solid var(--line);color:var(--muted);
    font-size:.9rem;max-width:none}
    .parts{display:grid;grid-template-columns:minmax(7rem,max-content) minmax(0,1fr);gap:.15rem 1rem;
    font-size:.88rem;margin:.5rem 0}
    .parts div{display:contents}
    .parts dd{overflow-wrap:anywhere}
    .origin{color:var(--muted)}
    :target{scroll-margin-top:1rem;outline:2px solid var(--accent);outline-offset:6px;
    border-radius:4px}
    section:target{outline:none}
    footer{margin-top:4rem;color:var(--muted);font-size:.86rem;border-top:1px solid var(--line)}
    @media (max-width:56rem){.claim{grid-template-columns:minmax(0,1fr)}}
    @media (max-width:34rem){body{padding:1.4rem 1rem 3rem}
    .facts{display:grid;grid-template-columns:1fr 1fr;gap:.6rem 1rem}
    nav{flex-wrap:nowrap;overflow-x:auto;white-space:nowrap}
    .claim{padding:.9rem 1rem}.verdict{padding:1.1rem 1.1rem}
    .parts{grid-template-columns:minmax(0,1fr)}.parts dt{margin-top:.3rem}
    th,td{padding:.3rem .5rem}.stage>.body,.instance>.body{padding-left:.5rem}
    .stage .states,.cost{margin-left:0}}
    @media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
    @media print{html{font-size:10pt;background:#fff}body{max-width:none;padding:0}
    nav,.skip,.origins,#instances,details.table{display:none}
    .claim,figure,.table,.failure,tr{break-inside:avoid}h2,h3,caption{break-after:avoid}
    .wide{overflow:visible}.drawing svg,figure svg{min-width:0;max-width:100%}
    table{font-size:8pt}th,td{padding:.2rem .4rem}
    .claim{grid-template-columns:minmax(0,1fr) 18rem}
    *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}

    """
}
